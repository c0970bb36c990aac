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
