export * from './no-pgmap-options.ts'
export * from './platform-no-pgmap.ts'
