export * from './options.ts'
export * from './type1.ts'
