export * from './isolation.ts'
export * from './oracle.ts'
