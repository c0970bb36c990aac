/**
 * Devices that a bus reset takes together, with the lock that serialises their first open, last close and hot reset.
 * A device whose bus cannot be reset, and every virtual function, is alone in its set.
 */
import {
  busResetReach,
  type Device,
  hashOfText,
  type Kernel,
  type Lock,
  mixA,
  type Op,
  type PciServices,
  type Shared,
} from '@barter/core'
import type { VfioDevice } from './vfio-device.ts'

export class DeviceSet {
  readonly lock: Lock
  readonly #members: VfioDevice[] = []
  /** For explorers: the members, and one word for them. */
  readonly #shared: Shared
  #word = 0

  constructor(kernel: Kernel, name: string) {
    this.lock = kernel.lock(`dev_set(${name})`)
    this.#shared = kernel.shared('members of a set')
  }

  /** In the order in which they were bound. */
  get members(): readonly VfioDevice[] {
    this.#shared.readValue(this.#word)
    return this.#members
  }

  has(bdf: string): boolean {
    return this.members.some((member) => member.device.bdf === bdf)
  }

  /** **Locks** takes its own, as who resets the bus walks over the members. */
  *join(device: VfioDevice): Op<void> {
    yield* this.lock.lock()
    this.#members.push(device)
    this.#changed()
    this.lock.unlock()
  }

  /** **Locks** as `join`. */
  *leave(device: VfioDevice): Op<void> {
    yield* this.lock.lock()
    const at = this.members.indexOf(device)
    if (at >= 0) this.#members.splice(at, 1)
    this.#changed()
    this.lock.unlock()
  }

  #changed(): void {
    this.#word = this.#members.reduce((word, { device }) => mixA(word, hashOfText(device.name)), 0)
    this.#shared.writeValue(this.#word)
  }
}

/** The sets of one run, by the bus they share. */
export class DeviceSets {
  readonly #kernel: Kernel
  readonly #pci: PciServices
  readonly #byBus = new Map<string, DeviceSet>()
  /** For explorers: which there are. */
  readonly #shared: Shared

  constructor(kernel: Kernel, pci: PciServices) {
    this.#kernel = kernel
    this.#pci = pci
    this.#shared = kernel.shared('sets of devices')
  }

  /** The set that a device belongs to. */
  of(device: Device): DeviceSet {
    const { fn } = device
    const alone = fn.physicalFunction !== undefined || busResetReach(this.#pci, device).length === 0
    const key = alone || fn.parent === null ? fn.bdf : fn.parent
    this.#shared.read()
    const set = this.#byBus.get(key) ?? new DeviceSet(this.#kernel, key)
    if (!this.#byBus.has(key)) {
      this.#byBus.set(key, set)
      this.#shared.write()
    }
    return set
  }
}
