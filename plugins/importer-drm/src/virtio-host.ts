/** The host behind a virtual GPU: it works off commands in order, and uses what addresses it was given. */
import {
  type AccessResult,
  type Bus,
  type Device,
  done,
  type Fence,
  type Kernel,
  type Op,
  type SgTable,
  SharedCount,
} from '@barter/core'
import { type JobRequest, runJob } from './job.ts'
import type { JobEnd } from './job-end.ts'
import { PageTableEntry } from './page-table-entry.ts'
import { Ring } from './ring.ts'

/** How a command ends that uses a resource without memory. */
const NO_BACKING: AccessResult = { ok: false, status: 'resource has no backing', rule: 'DRM-21' }

/** What the host knows of a guest blob. */
export interface VirtioResource {
  /** No other resource has it. */
  readonly number: number
  /** Its list of addresses. */
  readonly backing: PageTableEntry
}

export class VirtioHost {
  readonly #kernel: Kernel
  readonly #bus: Bus
  readonly #device: Device
  readonly #commands: Ring
  readonly #resources: SharedCount

  constructor(kernel: Kernel, bus: Bus, device: Device) {
    this.#kernel = kernel
    this.#resources = new SharedCount(kernel, 'resources of a host', 0, device)
    this.#bus = bus
    this.#device = device
    this.#commands = new Ring(kernel, device)
  }

  /** The host hears of it with `createBlob`. */
  newResource(): VirtioResource {
    return { number: this.#resources.change(1), backing: new PageTableEntry(this.#kernel) }
  }

  /** Hand over the addresses. **Shape** gives the fence of the command, as all of these. */
  createBlob({ backing }: VirtioResource, table: SgTable): Fence {
    return this.#send('create blob', () => done(backing.set(table)))
  }

  /** Take them back. The commands before it are through when its fence signals. */
  detachBacking({ backing }: VirtioResource): Fence {
    return this.#send('detach backing', () => done(backing.clear()))
  }

  /** Let the host use the resource. **Shape** `end`: how it ended, before the fence signals. */
  transfer({ number, backing }: VirtioResource, request: JobRequest, end: JobEnd): Fence {
    const by = `resource ${number} of ${this.#device.name}`
    const parts = {
      bus: this.#bus,
      device: this.#device,
      look: () => backing.table,
      fault: () => done(NO_BACKING),
    }
    return this.#send('transfer', () => ended(runJob(parts, by, request), end))
  }

  #send(name: string, work: () => Op<void>): Fence {
    return this.#commands.queue({ what: `${name} on the host`, of: this.#device.name }, [], work)
  }
}

function* ended(job: Op<AccessResult>, end: JobEnd): Op<void> {
  end.result = yield* job
}
