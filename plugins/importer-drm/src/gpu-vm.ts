/** An address space of a GPU: page tables, the lock of who changes them, and the ring that works with them. */
import type { Device, DmaBuf, Kernel, Lock, Op, SgTable } from '@barter/core'
import { Ring } from './ring.ts'

/**
 * What the GPU finds behind the addresses of each object. Hardware: it looks here for each piece that it moves, so
 * changes go through the ring where they must not meet a job that still runs.
 */
export class PageTable {
  readonly #entries = new Map<object, SgTable>()

  /** `null`: the GPU faults there. */
  at(object: object): SgTable | null {
    return this.#entries.get(object) ?? null
  }

  set(object: object, table: SgTable): void {
    this.#entries.set(object, table)
  }

  clear(object: object): void {
    this.#entries.delete(object)
  }
}

export class GpuVm {
  readonly pageTable = new PageTable()
  readonly ring: Ring
  /** Held by who submits or changes page tables. Taken before a reservation; inside one it is only tried. */
  readonly lock: Lock

  constructor(kernel: Kernel, device: Device) {
    this.ring = new Ring(kernel)
    this.lock = kernel.lock(`vm(${device.name})`)
  }

  /** **Locks** takes this address space, then the reservation of `buffer`. **Errors** those of `work`. */
  *locked<T>({ resv }: DmaBuf, work: () => Op<T>): Op<T> {
    yield* this.lock.lock()
    try {
      yield* resv.lock.lock()
      try {
        return yield* work()
      } finally {
        resv.lock.unlock()
      }
    } finally {
      this.lock.unlock()
    }
  }
}

/** One of each GPU. **Not modelled** an address space for each process. */
export function gpuVms(kernel: Kernel): (device: Device) => GpuVm {
  const made = new Map<Device, GpuVm>()
  return (device) => {
    const vm = made.get(device) ?? new GpuVm(kernel, device)
    made.set(device, vm)
    return vm
  }
}
