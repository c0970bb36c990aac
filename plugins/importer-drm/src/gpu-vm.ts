/** An address space of a GPU: the lock of who changes its page tables, and the ring that works with them. */
import { type Device, type DmaBuf, type Kernel, type Lock, ofEachDevice, type Op } from '@barter/core'
import { Ring } from './ring.ts'

export class GpuVm {
  readonly ring: Ring
  /** Held by who submits or changes page tables. Taken before a reservation; inside one it is only tried. */
  readonly lock: Lock

  constructor(kernel: Kernel, device: Device) {
    this.ring = new Ring(kernel, device)
    this.lock = kernel.lock(`vm(${device.name})`)
  }

  /** **Locks** takes this address space, then the reservation of `buffer`. **Errors** those of `work`. */
  locked<T>({ resv }: DmaBuf, work: () => Op<T>): Op<T> {
    return this.held(() => resv.locked(work))
  }

  /** **Locks** takes this address space. **Errors** those of `work`. */
  *held<T>(work: () => Op<T>): Op<T> {
    yield* this.lock.lock()
    try {
      return yield* work()
    } finally {
      this.lock.unlock()
    }
  }
}

/** One of each GPU. **Not modelled** an address space for each process. */
export const gpuVms = (kernel: Kernel): ((device: Device) => GpuVm) =>
  ofEachDevice(kernel, 'address space', (device) => new GpuVm(kernel, device))
