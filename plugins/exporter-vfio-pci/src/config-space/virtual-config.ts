/** The configuration space that user space sees of an open device: partly the hardware's, partly a copy of its own. */
import {
  addWords,
  ConfigSpace,
  type ConfigWidth,
  type Device,
  type Kernel,
  mixA,
  PCI_BASE_ADDRESS_0,
  PCI_COMMAND,
  PCI_COMMAND_MEMORY,
  PCI_DEVICE_ID,
  PCI_VENDOR_ID,
  type Shared,
} from '@barter/core'
import { fixUpBars } from './bars.ts'
import { hideCapabilities } from './hide-capabilities.ts'
import { PERMISSIONS } from './permissions.ts'
import { configSizeOf, type Structure, structureAt, structuresOf } from './structure.ts'

const PCI_INTERRUPT_PIN = 0x3d

/** One access within one aligned word of one structure, as the kernel cuts them. */
export interface ConfigChunk {
  readonly at: number
  readonly width: ConfigWidth
  readonly structure: Structure
}

export class VirtualConfig {
  readonly size: number
  readonly #device: Device
  readonly #structures: readonly Structure[]
  readonly #copy: ConfigSpace
  /** BAR registers as they were at open, for a device that lost them behind the driver's back. */
  readonly #bars: readonly number[]
  #barsWritten = true
  /** For explorers: the memory bit, and the whole copy with one word for what was changed in it since the open. */
  readonly #sharedBit: Shared
  readonly #sharedCopy: Shared
  #word = 0

  /** Copy the virtualised parts from the hardware. */
  constructor(kernel: Kernel, device: Device) {
    this.#device = device
    this.#sharedBit = kernel.shared('memory bit of a device')
    this.#sharedCopy = kernel.shared('virtual registers of a device')
    this.size = configSizeOf(device.fn.config)
    this.#structures = structuresOf(device.fn.config)
    this.#copy = new ConfigSpace(new Uint8Array(this.size))
    for (const { start, length } of this.#structures) {
      for (let at = start; at < start + length; at += 2) this.#copy.write(at, 2, device.config.read(at, 2))
    }
    hideCapabilities(this.#copy, device.fn.config)
    this.#bars = [0, 1, 2, 3, 4, 5].map((bar) => this.#copy.read32(PCI_BASE_ADDRESS_0 + 4 * bar) ?? 0)
    if (this.#isVirtualFunction) this.#completeVirtualFunction()
  }

  /** The virtual memory bit, which decides over all maps (VFIO-20). */
  get memoryBit(): boolean {
    this.#sharedBit.readValue(this.#bit)
    return this.#bit !== 0
  }

  get #bit(): number {
    return (this.#copy.read16(PCI_COMMAND) ?? 0) & PCI_COMMAND_MEMORY
  }

  get #isVirtualFunction(): boolean {
    return this.#device.fn.physicalFunction !== undefined
  }

  /** Cut an access the way the kernel does: aligned words of 4, 2 and 1 bytes, none across two structures. */
  chunks(offset: number, length: number): readonly ConfigChunk[] {
    const chunks: ConfigChunk[] = []
    for (let at = offset; at < offset + length;) {
      const structure = structureAt(this.#structures, at)
      const most = Math.min(offset + length - at, 4 - (at % 4), structure.start + structure.length - at)
      const width = most >= 4 ? 4 : most >= 2 && at % 2 === 0 ? 2 : 1
      chunks.push({ at, width, structure })
      at += width
    }
    return chunks
  }

  /** What user space reads: virtual bits from the copy, the others from the hardware. */
  read({ at, width, structure }: ConfigChunk): number {
    if (structure.kind === 'header' && isBar(at)) this.#fixUpBars()
    const hardware = this.#device.config.read(at, width)
    const virtual = PERMISSIONS[structure.kind].virtual(at - structure.start, width)
    const value = ((hardware & ~virtual) | (this.copied(at, width) & virtual)) >>> 0
    if (at !== PCI_COMMAND || !this.#isVirtualFunction) return value
    return (value | (this.copied(PCI_COMMAND, 2) & PCI_COMMAND_MEMORY)) >>> 0
  }

  /** Write what may be written: virtual bits into the copy, the others into the hardware. */
  write({ at, width, structure }: ConfigChunk, value: number): void {
    const permissions = PERMISSIONS[structure.kind]
    const writable = permissions.write(at - structure.start, width)
    const virtual = permissions.virtual(at - structure.start, width)
    this.merge(at, width, value, (writable & virtual) >>> 0)
    const physical = (writable & ~virtual) >>> 0
    if (physical !== 0) {
      const before = this.#device.config.read(at, width)
      this.#device.config.write(at, width, ((before & ~physical) | (value & physical)) >>> 0)
    }
    if (structure.kind === 'header' && isBar(at)) {
      this.#barsWritten = true
      this.#sharedCopy.writeValue(this.#content)
    }
  }

  /** The copy alone. */
  copied(at: number, width: ConfigWidth): number {
    const value = this.#copied(at, width)
    this.#sharedCopy.readValue(value)
    return value
  }

  /** Change the bits of `mask` in the copy. */
  merge(at: number, width: ConfigWidth, value: number, mask: number): void {
    const before = this.#copied(at, width)
    const after = ((before & ~mask) | (value & mask)) >>> 0
    this.#sharedCopy.readValue(before)
    if (after === before) return
    const bit = this.#bit
    this.#copy.write(at, width, after)
    for (let i = 0; i < width; i++) {
      const delta = mixA(at + i, (after >>> (8 * i)) & 0xff) - mixA(at + i, (before >>> (8 * i)) & 0xff)
      this.#word = addWords(this.#word, delta)
    }
    this.#sharedCopy.writeValue(this.#content)
    if (this.#bit !== bit) this.#sharedBit.writeValue(this.#bit)
  }

  #copied(at: number, width: ConfigWidth): number {
    return this.#copy.read(at, width) ?? 0
  }

  get #content(): number {
    return mixA(this.#word, this.#barsWritten ? 1 : 0)
  }

  /** Write the BAR registers back into a device that was reset behind the driver's back. */
  restoreBars(): void {
    if (this.#isVirtualFunction) return
    for (const [bar, value] of this.#bars.entries()) {
      this.#device.config.write(PCI_BASE_ADDRESS_0 + 4 * bar, 4, value)
    }
  }

  /** BARs keep only the bits that a BAR of that length has. */
  #fixUpBars(): void {
    this.#sharedCopy.readValue(this.#content)
    if (!this.#barsWritten) return
    fixUpBars(this.#copy, this.#device)
    this.#barsWritten = false
    // What it makes of them is a function of what they were.
    this.#sharedCopy.writeValue(this.#content)
  }

  /** Ids and the memory bit are not in the registers of a virtual function. */
  #completeVirtualFunction(): void {
    const { vendor, device } = this.#device.fn
    this.#copy.write(PCI_VENDOR_ID, 2, vendor)
    this.#copy.write(PCI_DEVICE_ID, 2, device)
    this.#copy.write(PCI_INTERRUPT_PIN, 1, 0)
    this.merge(PCI_COMMAND, 2, PCI_COMMAND_MEMORY, PCI_COMMAND_MEMORY)
  }
}

const isBar = (at: number): boolean => at >= PCI_BASE_ADDRESS_0 && at < PCI_BASE_ADDRESS_0 + 24
