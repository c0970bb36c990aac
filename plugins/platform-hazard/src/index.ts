export * from './hazard-options.ts'
export * from './platform-hazard.ts'
