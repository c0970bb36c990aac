/** The host behind a virtual GPU: it works off commands in order, and uses what addresses it was given. */
import type { AccessResult, Bus, Device, Fence, Kernel, SgTable } from '@barter/core'
import { done, type Op } from '@barter/core'
import { type JobRequest, runJob } from './job.ts'
import { Ring } from './ring.ts'

/** How a command ends that uses a resource without memory. */
const NO_BACKING: AccessResult = { ok: false, status: 'resource has no backing', rule: 'DRM-21' }

export class VirtioHost {
  readonly #bus: Bus
  readonly #device: Device
  readonly #commands: Ring
  /** By resource: its list of addresses. */
  readonly #backing = new Map<number, SgTable>()
  #resources = 0

  constructor(kernel: Kernel, bus: Bus, device: Device) {
    this.#bus = bus
    this.#device = device
    this.#commands = new Ring(kernel)
  }

  /** A number that no other resource has. The host hears of it with `createBlob`. */
  newResource(): number {
    return ++this.#resources
  }

  /** Hand over the addresses. **Shape** gives the fence of the command, as all of these. */
  createBlob(resource: number, table: SgTable): Fence {
    return this.#send('create blob', () => done(void this.#backing.set(resource, table)))
  }

  /** Take them back. The commands before it are through when its fence signals. */
  detachBacking(resource: number): Fence {
    return this.#send('detach backing', () => done(void this.#backing.delete(resource)))
  }

  /** Let the host use the resource. **Shape** `told` is called with how it ended, before the fence signals. */
  transfer(resource: number, request: JobRequest, told: (result: AccessResult) => void): Fence {
    const by = `resource ${resource} of ${this.#device.name}`
    const parts = {
      bus: this.#bus,
      device: this.#device,
      look: () => this.#backing.get(resource) ?? null,
      fault: () => done(NO_BACKING),
    }
    return this.#send('transfer', () => tell(runJob(parts, by, request), told))
  }

  #send(name: string, work: () => Op<void>): Fence {
    return this.#commands.queue(`${name} on the host of ${this.#device.name}`, [], work)
  }
}

function* tell(job: Op<AccessResult>, told: (result: AccessResult) => void): Op<void> {
  told(yield* job)
}
