/**
 * Devices that a bus reset takes together, with the lock that serialises their first open, last close and hot reset.
 * A device whose bus cannot be reset, and every virtual function, is alone in its set.
 */
import { busResetReach, type Kernel, type Lock, type PciServices } from '@barter/core'
import type { VfioDevice } from './vfio-device.ts'

export class DeviceSet {
  readonly lock: Lock
  /** In the order in which they were bound. */
  readonly members: VfioDevice[] = []

  constructor(kernel: Kernel, name: string) {
    this.lock = kernel.lock(`dev_set(${name})`)
  }

  has(bdf: string): boolean {
    return this.members.some((member) => member.device.bdf === bdf)
  }

  leave(device: VfioDevice): void {
    const at = this.members.indexOf(device)
    if (at >= 0) this.members.splice(at, 1)
  }
}

/** The sets of one run, by the bus they share. */
export class DeviceSets {
  readonly #kernel: Kernel
  readonly #pci: PciServices
  readonly #byBus = new Map<string, DeviceSet>()

  constructor(kernel: Kernel, pci: PciServices) {
    this.#kernel = kernel
    this.#pci = pci
  }

  /** Put a device into its set. */
  join(device: VfioDevice): DeviceSet {
    const { fn } = device.device
    const alone = fn.physicalFunction !== undefined || busResetReach(this.#pci, device.device).length === 0
    const key = alone || fn.parent === null ? fn.bdf : fn.parent
    const set = this.#byBus.get(key) ?? new DeviceSet(this.#kernel, key)
    this.#byBus.set(key, set)
    set.members.push(device)
    return set
  }
}
