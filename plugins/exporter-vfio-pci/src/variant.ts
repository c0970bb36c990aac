/** Drivers made of the same core: vfio-pci itself, and those of single devices, which change a few of its answers. */
import type { Op, PhysAddr } from '@barter/core'
import type { VfioDevice } from './vfio-device.ts'

export interface Variant {
  readonly driver: string
  /** Gives physical ranges of its regions; without that it lends nothing (VFIO-5). */
  readonly lends: boolean
  /** A region that is backed by other memory than the BAR of its index; `undefined` for the usual ones. */
  fakeRegion?(vdev: VfioDevice, index: number): FakeRegion | undefined
  /** A reset is over. */
  resetDone?(vdev: VfioDevice): void
  /**
   * Before a fault, a read or a write may touch memory. **Locks** `memory_lock` held for reading. **Errors** ETIME when the
   * device does not get ready.
   */
  waitUntilReady?(vdev: VfioDevice): Op<void>
  /** The same, before `memory_lock` is taken. **Locks** none held. **Errors** ETIME. */
  waitUnlocked?(vdev: VfioDevice): Op<void>
}

/** Memory that poses as a BAR (VFIO-60). **Units** bytes. */
export interface FakeRegion {
  readonly start: PhysAddr
  /** What is really there. */
  readonly length: number
  /** What region info says: the next power of two, as a BAR would have it. */
  readonly size: number
}

export const VFIO_PCI: Variant = { driver: 'vfio-pci', lends: true }
