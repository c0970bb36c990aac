/**
 * Fences in the hands of user space (DMB-33): a snapshot of those of a buffer, and fences that are added to a buffer, for
 * which everybody waits who waits for the buffer; a revoke too, for as long as they do not signal (HAZ-14).
 */
import { hasBits, withoutBits } from './capability/register-bits.ts'
import type { DmaBuf } from './dmabuf.ts'
import { KernelError } from './errors.ts'
import type { Fence, Kernel } from './kernel.ts'
import type { Op } from './op.ts'

const READ = 0x1
const WRITE = 0x2

/** Of each run, by the name that user space gave. */
const files = new WeakMap<Kernel, Map<string, readonly Fence[]>>()

function filesOf({ resv: { kernel } }: DmaBuf): Map<string, readonly Fence[]> {
  const known = files.get(kernel) ?? new Map<string, readonly Fence[]>()
  files.set(kernel, known)
  return known
}

/**
 * A reader waits for writers, a writer for readers too. Later work is not in it. **Shape** how many fences it holds; none is
 * a file that has signalled. **Errors** EINVAL for flags.
 */
export function exportSyncFile(buffer: DmaBuf, flags: number, name: string): number {
  checkFlags(flags)
  const fences = buffer.resv.pending(hasBits(flags, WRITE) ? 'read' : 'write')
  filesOf(buffer).set(name, fences)
  return fences.length
}

/** **Locks** takes the reservation. **Errors** EINVAL for flags. */
export function* importSyncFile(buffer: DmaBuf, flags: number, name: string): Op<void> {
  checkFlags(flags)
  const { resv } = buffer
  const fences = filesOf(buffer).get(name) ?? [resv.kernel.fence(`${name} of user space`)]
  filesOf(buffer).set(name, fences)
  yield* resv.lock.lock()
  for (const fence of fences) resv.addFence(fence, hasBits(flags, WRITE) ? 'write' : 'read')
  resv.lock.unlock()
}

function checkFlags(flags: number): void {
  if (withoutBits(flags, READ + WRITE) === 0 && flags !== 0) return
  throw new KernelError('EINVAL', 'DMB-33', `flags ${flags}: a sync file is for reading, writing or both`)
}
