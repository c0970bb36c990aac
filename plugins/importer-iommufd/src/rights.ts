/** What a device may do through a mapping, and the word of flags that says it (`IOMMU_IOAS_MAP_*`). */
import type { Direction, StepValue } from '@barter/core'

export interface Rights {
  readonly read: boolean
  readonly write: boolean
}

export const READ_WRITE: Rights = { read: true, write: true }

/** The words that people write. */
export const RIGHTS: Readonly<Record<string, Rights>> = {
  rw: READ_WRITE,
  r: { read: true, write: false },
  w: { read: false, write: true },
}

/** DMA-2, from the device's point of view. */
export function directionOf({ read, write }: Rights): Direction {
  if (read && write) return 'bidirectional'
  return write ? 'from-device' : 'to-device'
}

const FIXED_IOVA = 1n
const WRITEABLE = 2n
const READABLE = 4n
const KNOWN = 8n

/** Flags as the kernel reads them. */
export interface MapFlags {
  readonly unknown: boolean
  /** The place is given; else the kernel chooses. */
  readonly fixed: boolean
  readonly rights: Rights
}

/** **Shape** the whole word, or `undefined`: as `rights` and a given place make it. */
export function mapFlags(word: bigint | undefined, rights: StepValue | undefined, placed: boolean): MapFlags {
  if (word === undefined) {
    return { unknown: false, fixed: placed, rights: RIGHTS[typeof rights === 'string' ? rights : 'rw'] ?? READ_WRITE }
  }
  const has = (bit: bigint): boolean => (word / bit) % 2n === 1n
  return { unknown: word >= KNOWN, fixed: has(FIXED_IOVA), rights: { read: has(READABLE), write: has(WRITEABLE) } }
}
