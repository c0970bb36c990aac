export * from './errors.ts'
export * from './machine-of-recording.ts'
export * from './recording.ts'
