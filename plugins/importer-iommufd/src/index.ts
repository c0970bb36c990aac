export type { DmabufPages } from './dmabuf-pages.ts'
export * from './iommufd.ts'
export * from './options.ts'
export * from './revoke.ts'
