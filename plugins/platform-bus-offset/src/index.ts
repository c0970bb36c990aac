export * from './board.ts'
export * from './bus-offset-options.ts'
export * from './platform-bus-offset.ts'
