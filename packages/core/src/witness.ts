/**
 * What the software declares to the judge. The hardware never reads it: it only serves to say, of a packet that the
 * fabric routed by itself, whether it was right that it arrived there.
 */
import type { Bdf } from './bdf.ts'
import type { Device } from './device.ts'
import type { MapType } from './p2p.ts'
import type { SgEntry } from './sg-table.ts'

export interface MappingFacts {
  readonly buffer: string
  readonly importer: Device
  readonly owner: Device
  readonly mapType: MapType
  readonly entries: readonly SgEntry[]
  /** Where each byte should arrive: pieces of BARs of `owner`, in the order of the buffer. */
  readonly target: readonly BarPiece[]
}

export interface BarPiece {
  /** `memory`: it is in no BAR, and `offset` is a CPU address (VFIO-60). */
  readonly bar: number | 'memory'
  readonly offset: number
  readonly length: number
}

export interface Witness {
  /** A table was handed to an importer. Gives its number, which DMA requests carry. */
  mapped(facts: MappingFacts): number
  unmapped(mapping: number): void
  /** The exporter's revoke returned: from here on no access through mappings of `buffer` is right (INV-1). */
  revoked(buffer: string, why: string): void
  /** The buffer is live again: new mappings are right; old ones stay withdrawn. */
  restored(buffer: string): void
  /** The owner's driver is gone: nothing of its BARs may be mapped or reached any more (INV-3). */
  providerGone(device: Bdf): void
  /** Check that nothing is left over: called by whoever owns counted things, at the end of a run (INV-28). */
  leftover(what: string, rule: string): void
}
