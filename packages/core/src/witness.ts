/**
 * What the software declares to the judge. The hardware never reads it: it only serves to say, of a packet that the
 * fabric routed by itself, whether it was right that it arrived there.
 *
 * Every call says what is so at that moment, by whoever makes it so, in any context: it takes no lock, does not sleep,
 * does not fail, changes nothing in the run. No driver decides by what it has said here. What an exporter does not say
 * cannot be judged; what it says wrongly is found against it.
 */
import type { Bdf } from './bdf.ts'
import type { Device } from './device.ts'
import type { Errno } from './errno.ts'
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
  /** The exporter handed out the memory earlier, and is not asked now: a revoke under way has yet to reach it (IFD-10). */
  readonly handedOutBefore?: true
}

export interface BarPiece {
  /** `memory`: it is in no BAR, and `offset` is a CPU address (VFIO-60). */
  readonly bar: number | 'memory'
  readonly offset: number
  readonly length: number
}

export interface Witness {
  /** Said by core: there is a new buffer. */
  made?(buffer: string): void
  /**
   * A table is about to be handed to an importer, and is good from now on; `physVecToSgt` says it for exporters that
   * build their tables with it. Gives its number, which `SgTable.mapping` and DMA requests carry.
   */
  mapped(facts: MappingFacts): number
  /**
   * It is being taken out of an IOMMU under a device that may use it meanwhile: until `unmapped` packets get through, or not.
   * For who cannot stop the device first.
   */
  unmapping?(mapping: number): void
  /** The importer gave it back, and nothing was freed yet; `freeSgt` says it. */
  unmapped(mapping: number): void
  /**
   * The exporter begins to take the buffer back; said before its first step. Once its importers have been told, nobody
   * may map it until it is restored (INV-4).
   */
  revoking(buffer: string, why: string): void
  /**
   * Said by core, in `DmaBuf.invalidate`: the importers of the buffer are told to let go: who has it mapped has to
   * unmap, without user space's help (INV-9).
   */
  told(buffer: string): void
  /**
   * The exporter's revoke is over, as far as its kernel waits: from here on no access through mappings of `buffer` is
   * right (INV-1). Said before whatever it was for begins. **Shape** `why` as a clause or a word, for reports.
   */
  revoked(buffer: string, why: string): void
  /** The buffer is live again: new mappings are right; old ones stay withdrawn. Said before anybody can map. */
  restored(buffer: string): void
  /** Said by core, in `Attachment.map`: the exporter refused to map the buffer for an importer. */
  refused(buffer: string, importer: string, errno: Errno): void
  /**
   * The owner's driver is gone: nothing of its BARs may be mapped or reached any more (INV-3). Said by whoever unbinds,
   * after `Exporter.remove`; no driver says it.
   */
  providerGone(device: Bdf): void
  /** Check that nothing is left over: called by whoever owns counted things, at the end of a run (INV-28). */
  leftover(what: string, rule: string): void
  /**
   * What a driver has to tell of itself is wrong: a count between two operations, a list, the state of a buffer.
   * **Shape** `message`: a sentence that names the thing. Build it only when something is wrong.
   */
  broken(invariant: string, rule: string, message: string): void
}

const nothing = (): void => undefined

/** Nobody judges: for tests of a part, and where nothing is run. */
export const NO_WITNESS: Witness = {
  mapped: () => 0,
  unmapped: nothing,
  revoking: nothing,
  told: nothing,
  revoked: nothing,
  restored: nothing,
  refused: nothing,
  providerGone: nothing,
  leftover: nothing,
  broken: nothing,
}
