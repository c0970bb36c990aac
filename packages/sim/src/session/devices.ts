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
  type Topology,
} from '@barter/core'
import type { SimKernel } from '../kernel/sim-kernel.ts'

const DMA_MASK_BITS = 64

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

class MachineDevice implements Device {
  readonly name: string
  readonly bdf: Bdf
  readonly fn: PciFunction
  readonly config: ConfigAccess
  dmaMaskBits: number
  p2p: P2pState | undefined = undefined
  readonly #kernel: SimKernel
  #lock: Lock | undefined

  constructor(fn: PciFunction, { nameOf, bus, kernel }: DevicesParts) {
    this.name = nameOf(fn.bdf)
    this.bdf = fn.bdf
    this.fn = fn
    this.config = new Registers(fn.bdf, bus)
    this.dmaMaskBits = fn.dmaMaskBits ?? DMA_MASK_BITS
    this.#kernel = kernel
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
