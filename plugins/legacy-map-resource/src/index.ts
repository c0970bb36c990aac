export * from './dma-map-resource.ts'
export * from './expected-way.ts'
export * from './map-resource.ts'
