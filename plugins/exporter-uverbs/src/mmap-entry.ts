/** A piece of the NIC's own MMIO that a process has from the driver, such as a doorbell page (`rdma_user_mmap_entry`). */
import {
  advance,
  type BarPiece,
  type Device,
  isMemoryBar,
  type Kernel,
  KernelError,
  type Lock,
  type PhysRange,
} from '@barter/core'
import type { UverbsBuffer } from './uverbs-buffer.ts'

/** **Units** bytes from the start of the BAR. */
export interface EntryPlace {
  readonly bar: number
  readonly offset: number
  readonly length: number
}

export class MmapEntry {
  readonly place: EntryPlace
  readonly range: PhysRange
  /** Guards the list and the flags of its buffers; always taken before a reservation. */
  readonly lock: Lock
  /** Lent and not taken back yet, oldest first. The list holds no reference. **Locks** `lock`. */
  readonly buffers: UverbsBuffer[] = []
  /** Taken away from the process: nothing is lent of it any more. **Locks** `lock`. */
  removed = false

  /** **Shape** `start`: CPU address of the BAR. */
  constructor(kernel: Kernel, device: Device, place: EntryPlace, start: PhysRange['start']) {
    this.place = place
    this.range = { start: advance(start, place.offset), length: place.length }
    this.lock = kernel.lock(`dmabufs(${device.name} BAR ${place.bar} + ${place.offset})`)
  }

  /** Where the judge is to look for it. */
  get target(): BarPiece {
    return this.place
  }
}

/**
 * The piece as the driver hands it out. **Shape** `taken`: pieces that are handed out already.
 *
 * **Errors** EINVAL for what is not in whole pages of a memory BAR; ENOSPC where somebody else has some of it.
 * **Not modelled** that the driver chooses the place.
 */
export function placeEntry(
  kernel: Kernel,
  device: Device,
  place: EntryPlace,
  pageSize: number,
  taken: readonly EntryPlace[],
): MmapEntry {
  const { bar: index, offset, length } = place
  const bar = device.fn.bars.find((one) => one.index === index)
  const text = `${length} bytes at ${offset} of BAR ${index} of ${device.name}`
  if (bar === undefined || !isMemoryBar(bar)) throw refused('EINVAL', `${device.name} has no memory BAR ${index}`)
  const whole = length > 0 && offset % pageSize === 0 && length % pageSize === 0
  if (!whole || offset + length > (bar.length ?? 0)) throw refused('EINVAL', `${text} are not whole pages of it`)
  const hit = taken.find((one) => one.bar === index && one.offset < offset + length && offset < one.offset + one.length)
  if (hit !== undefined) throw refused('ENOSPC', `${text}: some of it is in use`)
  return new MmapEntry(kernel, device, place, bar.start)
}

const refused = (errno: 'EINVAL' | 'ENOSPC', why: string): KernelError => new KernelError(errno, 'RDMA-18', why)
