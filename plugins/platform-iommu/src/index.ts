export * from './iommu-options.ts'
export * from './platform-iommu.ts'
