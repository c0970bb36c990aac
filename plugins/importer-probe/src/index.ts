export * from './controls.ts'
export * from './options.ts'
export * from './probe.ts'
export * from './probe-import.ts'
