/** Why a file is not what is wanted, in words. */
import { shown } from '../errors.ts'

export const schemaWhy = (schema: unknown, wanted: string): string =>
  typeof schema === 'string'
    ? `its schema is ${shown(schema)}, not ${wanted}`
    : `it does not say that its schema is ${wanted}`

/** Why a file could not be read. */
export function unreadWhy(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EISDIR') return 'it is a folder'
  if (code === 'EACCES' || code === 'EPERM') return 'it may not be read'
  return error instanceof Error ? error.message : 'it cannot be read'
}

/** Of files that are written beside searches. */
const FILES = {
  checkpoint: 'it is a checkpoint, and barter explore SCENARIO --resume goes on with it',
  counterexample: 'it is a counterexample, and barter replay tells it',
} as const

/** **Units** bytes that say what a file is. */
export const BEGINNING = 200

/** **Shape** `text`: how it begins; gives what it is and what it is for, when it is another one of these. */
export function otherFile(text: string, wanted: keyof typeof FILES): string | undefined {
  const [, kind] = /^\s*\{\s*"schema":\s*"barter\.(checkpoint|counterexample)\//.exec(text) ?? []
  return kind === undefined || kind === wanted ? undefined : FILES[kind as keyof typeof FILES]
}
