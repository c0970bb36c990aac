/**
 * What the judge is told of an entry that the kernel itself forgets: whose memory it is, and when the CPU's own way to it
 * went. The driver does not hear of that (T1-2), so this is the harness speaking, and nothing is done about it. Without it
 * the judge could only see packets that reach a device in reset or without a driver (T1-8, BUG-85).
 */
import {
  type BarPiece,
  contains,
  type CpuMapping,
  type Device,
  hex,
  iova,
  type MmuNotifier,
  type Op,
  type Trace,
  type Witness,
} from '@barter/core'
import type { Entry } from './container.ts'

export class JudgedEntry implements MmuNotifier {
  readonly name: string
  /** Number under which the judge knows it. */
  readonly mapping: number
  readonly #witness: Witness
  readonly #trace: Trace
  readonly #device: Device
  readonly #source: CpuMapping

  constructor(witness: Witness, trace: Trace, device: Device, source: CpuMapping, entry: Entry) {
    this.name = `${source.name} at ${hex(entry.iova)} of ${device.name}`
    this.#witness = witness
    this.#trace = trace
    this.#device = device
    this.#source = source
    const address = iova(entry.iova)
    this.mapping = witness.mapped({
      buffer: this.name,
      importer: device,
      owner: source.device,
      // An address that an IOMMU has to translate; the switch may think otherwise, as user space chose it (DMA-7).
      mapType: 'thru-host-bridge',
      entries: [{ address, length: entry.length }],
      target: entry.frames.map((run) => placeOf(source.device, run.start, run.length)),
    })
    trace.emit({
      kind: 'map',
      buffer: source.name,
      device: device.name,
      mapping: this.mapping,
      addressKind: 'iova',
      address,
      count: entry.frames.length,
      length: entry.length,
      rule: 'T1-2',
      why: 'frames out of page tables, with nothing that says where they are from',
    })
    source.subscribe(this)
  }

  *begin(): Op<void> {
    this.#witness.revoked(this.name, `the translations of ${this.#source.name} were taken away`)
  }

  end(): void {
    // The entry points where it did.
  }

  /** An `UNMAP_DMA`. */
  unmapped(): void {
    this.#source.unsubscribe(this)
    this.#witness.unmapped(this.mapping)
    const { mapping } = this
    this.#trace.emit({ kind: 'unmap', buffer: this.#source.name, device: this.#device.name, mapping })
  }
}

/** The BAR that the frames are of. */
function placeOf(owner: Device, start: number, length: number): BarPiece {
  const bar = owner.fn.bars.find((one) => contains(one.start, one.length ?? 0, start))
  return { bar: bar?.index ?? 0, offset: start - (bar?.start ?? 0), length }
}
