export * from './iommufd.ts'
