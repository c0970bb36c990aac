export * from './acs-edit.ts'
export * from './acs-options.ts'
export * from './boot-parameter.ts'
export * from './platform-acs.ts'
