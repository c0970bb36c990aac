/** Physical addresses behind an address of the process: fished out of its page tables. */
import { contains, type CpuMapping, hex, KernelError, type Op, type PhysRange, type Topology } from '@barter/core'

/**
 * The run of contiguous frames at `offset`, at most `length` bytes: a large entry in one step (T1-6). Pages would be pinned; here are none, so the
 * translation is read as it stands now, and nobody will say when it goes.
 *
 * **Errors** EFAULT outside the mapping, for a write through one that is read-only, while memory is disabled (T1-3), and
 * for frames of RAM, which ought to have had pages. **Source** T1-1
 */
export function* pageFrames(
  topology: Topology,
  mapping: CpuMapping,
  offset: number,
  length: number,
  writing: boolean,
): Op<PhysRange> {
  const pinned = yield* pinFails(mapping)
  const run = yield* mapping.followPfn(offset)
  if (writing && !run.writable) throw new KernelError('EFAULT', 'T1-1', `${mapping.name} is read-only`)
  if (topology.memory.some((ram) => contains(ram.start, ram.length, run.start))) throw pinned
  if (run.length <= 0) throw new KernelError('EFAULT', 'T1-1', `nothing is at ${hex(offset)} of ${mapping.name}`)
  return { start: run.start, length: Math.min(run.length, length) }
}

/** The usual way first. **Shape** gives the refusal. */
function* pinFails(mapping: CpuMapping): Op<KernelError> {
  try {
    return yield* mapping.pin()
  } catch (error) {
    if (error instanceof KernelError) return error
    throw error
  }
}
