/** Names of archive entries, made safe or refused. */
import { captureRefused, captureTooBig } from '../errors.ts'
import { parentPath, stepFrom } from '../tree/tree-path.ts'
import type { ArchiveLimits } from './archive-limits.ts'

/**
 * The path of an entry inside the archive, without `.` and doubled slashes.
 *
 * **Errors** `CAPTURE_REFUSED` for an absolute name or one with `..`, `CAPTURE_TOO_BIG` for an endless one.
 */
export function entryPath(archive: string, name: string, limits: ArchiveLimits): string {
  if (name.length > limits.nameLength) throw captureTooBig(archive, 'a name is too long', limits.nameLength, 'bytes')
  if (name.startsWith('/')) throw captureRefused(archive, name, 'has an absolute name')
  const parts = name.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..')) throw captureRefused(archive, name, 'has `..` in its name')
  if (parts.length > limits.nameDepth) throw captureTooBig(archive, 'a name is too deep', limits.nameDepth, 'count')
  return parts.join('/')
}

/** **Errors** `CAPTURE_REFUSED` for a link that leads out of the archive, `CAPTURE_TOO_BIG` for an endless one. */
export function checkLink(archive: string, path: string, target: string, limits: ArchiveLimits): void {
  if (target.length > limits.nameLength) throw captureTooBig(archive, 'a link is too long', limits.nameLength, 'bytes')
  if (stepFrom(parentPath(path), target) === undefined) {
    throw captureRefused(archive, path, 'is a link that leads out of the archive')
  }
}
