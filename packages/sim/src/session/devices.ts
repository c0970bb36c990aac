/** Every function of the machine as the kernel knows it. Each is made when first asked for: a run meets few of them. */
import {
  type Bdf,
  type Bus,
  type ConfigAccess,
  type ConfigWidth,
  type Device,
  type Devices,
  type Lock,
  type P2pState,
  type PciFunction,
  type PowerState,
  type Pretence,
  type Shared,
  type Topology,
} from '@barter/core'
import type { SimKernel } from '../kernel/sim-kernel.ts'

const DMA_MASK_BITS = 64
const NOT_LOOKED_AT = -1

export interface DevicesParts {
  readonly topology: Topology
  /** The scenario's name, or the bdf. */
  readonly nameOf: (bdf: Bdf) => string
  readonly bus: Pick<Bus, 'configRead' | 'configWrite'>
  readonly kernel: SimKernel
}

export class MachineDevices implements Devices {
  readonly #parts: DevicesParts
  readonly #made = new Map<Bdf, Device>()

  constructor(parts: DevicesParts) {
    this.#parts = parts
  }

  get all(): readonly Device[] {
    return this.#parts.topology.functions.map((fn) => this.#of(fn))
  }

  get(bdf: Bdf): Device {
    // The topology knows how to say what is missing.
    return this.#made.get(bdf) ?? this.#of(this.#parts.topology.get(bdf))
  }

  #of(fn: PciFunction): Device {
    const known = this.#made.get(fn.bdf)
    if (known !== undefined) return known
    const device = new MachineDevice(fn, this.#parts)
    this.#made.set(fn.bdf, device)
    return device
  }
}

/** What the kernel keeps beside the registers is told to explorers, field by field, so that no driver has to. */
class MachineDevice implements Device {
  readonly name: string
  readonly bdf: Bdf
  readonly fn: PciFunction
  readonly config: ConfigAccess
  readonly #kernel: SimKernel
  readonly #told: Record<string, Shared> = {}
  #lock: Lock | undefined
  #dmaMaskBits: number
  #p2p: P2pState | undefined
  /** How often it was made. */
  #p2pMade = 0
  #powerState: PowerState | undefined
  #resetDone: (() => void) | undefined
  #errorDetected: (() => void) | undefined
  #pretence: Pretence | undefined

  constructor(fn: PciFunction, { nameOf, bus, kernel }: DevicesParts) {
    this.name = nameOf(fn.bdf)
    this.bdf = fn.bdf
    this.fn = fn
    this.config = new Registers(fn.bdf, bus)
    this.#dmaMaskBits = fn.dmaMaskBits ?? DMA_MASK_BITS
    this.#kernel = kernel
  }

  get dmaMaskBits(): number {
    this.#toldOf('dma mask')?.readValue(this.#dmaMaskBits)
    return this.#dmaMaskBits
  }

  set dmaMaskBits(bits: number) {
    this.#dmaMaskBits = bits
    this.#toldOf('dma mask')?.writeValue(bits)
  }

  get p2p(): P2pState | undefined {
    this.#toldOf('p2p state')?.readValue(this.#p2p === undefined ? 0 : this.#p2pMade)
    return this.#p2p
  }

  set p2p(state: P2pState | undefined) {
    this.#p2p = state
    if (state !== undefined) this.#p2pMade++
    this.#toldOf('p2p state')?.writeValue(state === undefined ? 0 : this.#p2pMade)
  }

  get powerState(): PowerState | undefined {
    this.#toldOf('power state')?.readValue(this.#powerState ?? NOT_LOOKED_AT)
    return this.#powerState
  }

  set powerState(state: PowerState | undefined) {
    this.#powerState = state
    this.#toldOf('power state')?.writeValue(state ?? NOT_LOOKED_AT)
  }

  get resetDone(): (() => void) | undefined {
    this.#toldOf('handlers')?.read()
    return this.#resetDone
  }

  set resetDone(handler: (() => void) | undefined) {
    this.#resetDone = handler
    this.#toldOf('handlers')?.write()
  }

  get errorDetected(): (() => void) | undefined {
    this.#toldOf('handlers')?.read()
    return this.#errorDetected
  }

  set errorDetected(handler: (() => void) | undefined) {
    this.#errorDetected = handler
    this.#toldOf('handlers')?.write()
  }

  get pretence(): Pretence | undefined {
    this.#toldOf('pretence')?.read()
    return this.#pretence
  }

  set pretence(pretence: Pretence | undefined) {
    this.#pretence = pretence
    this.#toldOf('pretence')?.write()
  }

  /** Made when it is first asked for, by whomever: it belongs to nobody. */
  #toldOf(field: string): Shared | undefined {
    const { watch } = this.#kernel
    return watch === undefined ? undefined : (this.#told[field] ??= watch.ofDevice(field, this.name))
  }

  get lock(): Lock {
    this.#lock ??= this.#kernel.machineLock(`device(${this.name})`)
    return this.#lock
  }
}

class Registers implements ConfigAccess {
  readonly #of: Bdf
  readonly #bus: DevicesParts['bus']

  constructor(of: Bdf, bus: DevicesParts['bus']) {
    this.#of = of
    this.#bus = bus
  }

  read(offset: number, width: ConfigWidth): number {
    return this.#bus.configRead(this.#of, offset, width)
  }

  write(offset: number, width: ConfigWidth, value: number): void {
    this.#bus.configWrite(this.#of, offset, width, value)
  }
}
