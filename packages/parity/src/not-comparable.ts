/**
 * The one table of what is not held against a recording, by operation and reason. A file's name never decides.
 *
 * A step that is left out is counted and printed; a field that is left out leaves the rest of its step compared.
 * README.md shows these rows, and a test holds the two together.
 */

export interface Reason {
  /** Operations it can happen to; `*` any. */
  readonly ops: readonly string[]
  /** `step`: all of it; else the field of `saw` that is left out. */
  readonly part: string
  /** When it is so; always unless given. */
  readonly when?: string
  readonly why: string
}

export const REASONS = {
  'qemu-routing': {
    ops: ['dmaCopy'],
    part: 'step',
    when: 'the mapping gave bus addresses and the IOMMU translates',
    why: 'switches of QEMU send every request up to the IOMMU, so a bus address arrives there only untranslated',
  },
  'qemu-link': {
    ops: ['hotReset'],
    part: 'step',
    when: 'it resets the bus below a root port with several functions on it',
    why: 'the link of the root port of QEMU does not come back in time, so the call fails after all was done; what it revoked is compared',
  },
  'container-kind': {
    ops: ['type1Unmap'],
    part: 'step',
    when: 'the machine has no IOMMU',
    why: 'a mapping that was refused left nothing that a scenario could unmap',
  },
  'physical-address': {
    ops: ['dmaCopy', 'dmaRead', 'dmaWrite', 'translate'],
    part: 'step',
    when: 'it uses the physical address of memory of the process',
    why: 'a recording does not tell where that is; of a BAR it does',
  },
  'unknown-operation': {
    ops: ['*'],
    part: 'step',
    when: 'the format has gained an operation since',
    why: 'there is no word for it',
  },
  'iova-value': {
    ops: ['map', 'tryMap'],
    part: 'entries.address',
    when: 'addressKind is iova',
    why: 'which IOVA is taken follows from the history of an allocator; kind, lengths, order and what it leads to are compared',
  },
  'chosen-place': {
    ops: ['iommufdMapFile', 'iommufdMap', 'iommufdCopy'],
    part: 'iova',
    when: 'the kernel chose it',
    why: 'where follows from what was mapped before; that there is a place is compared',
  },
  'iommu-width': {
    ops: ['ioasRanges'],
    part: 'ranges',
    why: 'they follow from the width of the IOMMU of QEMU; alignment is compared',
  },
  'machine-timing': {
    ops: ['timeline'],
    part: 'events',
    when: 'timers of several importers fell due within one timer tick (4 ms)',
    why: 'nothing orders them; each importer for itself is compared',
  },
  'fault-log': {
    ops: ['dmaCopy', 'dmaRead', 'dmaWrite'],
    part: 'fault',
    why: 'IOMMU faults are logged late, merged and rate-limited, so their absence proves nothing',
  },
  'kernel-function': {
    ops: ['start', 'check', 'wait'],
    part: 'in',
    why: 'names a function of the kernel, for people; waitsFor is compared',
  },
  'interrupt-table': {
    ops: ['regionInfo'],
    part: 'flags.caps',
    why: 'a recording does not say in which BAR the interrupt table lies',
  },
} as const satisfies Readonly<Record<string, Reason>>

export type ReasonId = keyof typeof REASONS
