/** A buffer object of xe on a lent BAR: told to let go it stops using the mapping, and unmaps only later (DRM-10 to DRM-13). */
import {
  type AccessRequest,
  type AccessResult,
  type Bus,
  type Controls,
  type Device,
  type DmaBuf,
  done,
  hashOfText,
  type Import,
  type InFlight,
  type Kernel,
  KernelError,
  type Op,
  point,
  requestsOf,
  type SgTable,
  SharedState,
  type StepValue,
  type Trace,
  waitFor,
} from '@barter/core'
import type { GpuVm } from './gpu-vm.ts'
import { runInvalidate } from './invalidate-step.ts'
import type { JobRequest } from './job.ts'
import { type Job, JobQueue } from './job-queue.ts'
import { jobControl, noArgs, readJob, waitIdleControl } from './job-words.ts'
import { PageTableEntry } from './page-table-entry.ts'
import { TtmObject } from './ttm-object.ts'
import type { XeStep } from './xe-invalidate.ts'

/** How an address space keeps its jobs safe: by their fences, or by faults that ask again. */
export type XeMode = 'fence' | 'fault'

export interface XeServices {
  readonly kernel: Kernel
  readonly bus: Bus
  readonly trace: Trace
  readonly vmOf: (device: Device) => GpuVm
  readonly invalidate: readonly XeStep[]
}

export const XE_CONTROLS: Controls = {
  vmBind: { summary: 'give the object an address in the GPU address space (VM_BIND)', args: noArgs },
  exec: jobControl('submit a job that uses the object (EXEC); does not wait for it'),
  waitIdle: waitIdleControl,
  status: { summary: 'the object as the driver sees it: placement, mapped, bound, jobs that run', args: noArgs },
}

interface Binding {
  /** Where TTM believes the object to be. In `system` a table may be mapped all the same. */
  readonly placement: 'system' | 'tt'
  readonly bound: boolean
  /** The page tables have to be written before the next job. */
  readonly rebind: boolean
}

const FIRST: Binding = { placement: 'system', bound: false, rebind: true }

const wordOfBinding = ({ placement, bound, rebind }: Binding): number =>
  (placement === 'tt' ? 1 : 0) + (bound ? 2 : 0) + (rebind ? 4 : 0)

export class XeObject implements Import {
  readonly bo: TtmObject
  readonly #services: XeServices
  readonly #mode: XeMode
  readonly #vm: GpuVm
  readonly #jobs: JobQueue
  readonly #inFlight: InFlight
  readonly #entry: PageTableEntry
  readonly #binding: SharedState<Binding>

  constructor(services: XeServices, mode: XeMode, device: Device, buffer: DmaBuf) {
    const { kernel, bus, trace, vmOf } = services
    this.#services = services
    this.#mode = mode
    this.bo = new TtmObject(kernel, device, buffer)
    this.#vm = vmOf(device)
    this.#inFlight = requestsOf(kernel, device.name)
    const entry = new PageTableEntry(kernel)
    this.#entry = entry
    this.#binding = new SharedState(kernel, 'binding of an object', FIRST, wordOfBinding)
    const job = {
      bus,
      device,
      look: () => entry.table,
      inFlight: this.#inFlight,
      ...(mode === 'fault' ? { fault: () => this.#raiseFault() } : {}),
    }
    this.#jobs = new JobQueue({ kernel, device, ring: this.#vm.ring, trace, job })
  }

  /** **Errors** the exporter's at attach. Nothing is mapped yet. **Source** DRM-10 */
  *attach(): Op<void> {
    const { invalidate, trace } = this.#services
    const { name } = this.bo.device
    yield* this.bo.attach({ peer2peer: true, invalidate: () => runInvalidate(trace, 'xe', name, invalidate, this) })
  }

  /** Bind at the first use, as a run-time library would; submit a job and wait for its end. **Errors** as `exec`. */
  *access(request: AccessRequest): Op<AccessResult> {
    if (!this.#binding.read().bound) yield* this.#vm.locked(this.bo.buffer, () => this.#bind())
    return yield* this.#jobs.end(yield* this.#exec({ ...request, ticks: 0 }))
  }

  *control(name: string, args: Readonly<Record<string, StepValue>>): Op<StepValue> {
    switch (name) {
      case 'vmBind':
        yield* this.#vm.locked(this.bo.buffer, () => this.#bind())
        return null
      case 'exec':
        return (yield* this.#exec(readJob(args))).number + 1
      case 'waitIdle':
        return yield* this.#jobs.waitIdle()
      case 'status': {
        const { placement, bound } = this.#binding.read()
        return { placement, mapped: this.bo.table !== null, bound, running: this.#jobs.running }
      }
      default:
        throw new KernelError('ENOTTY', 'DRM-10', `xe has no ${name}`)
    }
  }

  /** The handle goes, and with it the binding; the object follows when its jobs are done. */
  *close(): Op<void> {
    yield* this.#vm.locked(this.bo.buffer, () => this.#unbind())
    yield* this.bo.put()
  }

  /**
   * Jobs that run go on: their fences protect them. Where there are none, because jobs fault, the page tables are
   * cleared, and requests that began with them waited for. **Locks** the reservation is held.
   */
  *triggerRebind(): Op<void> {
    this.#binding.change({ rebind: true })
    if (this.#mode === 'fence') return
    yield* this.bo.buffer.resv.wait('bookkeep')
    this.#entry.clear()
    yield* this.#inFlight.settle()
  }

  moveToSystem(): void {
    this.#binding.change({ placement: 'system' })
  }

  /** **Errors** the exporter's at map: ENODEV while revoked (DRM-13). */
  *#bind(): Op<void> {
    const table = yield* this.#validate()
    this.#binding.change({ bound: true })
    this.#writePageTables(table)
  }

  /**
   * Unless it was unbound meanwhile: nobody would unmap it then, and the buffer may be gone. **Locks** the address space is
   * held. **Shape** gives whether it is bound.
   */
  *#bindAgain(): Op<boolean> {
    const { bound } = this.#binding.read()
    if (bound) yield* this.bo.buffer.resv.locked(() => this.#bind())
    return bound
  }

  *#unbind(): Op<void> {
    yield* point('close handle')
    this.#binding.change({ bound: false })
    const entry = this.#entry
    if (this.#mode === 'fence') {
      this.#vm.ring.queue({ what: 'page table update' }, [], () => done(entry.clear()))
      return
    }
    entry.clear()
    yield* this.#inFlight.settle()
  }

  /** A job on an object that is not bound finds no address. **Errors** the exporter's at map (DRM-13). */
  *#exec(request: JobRequest): Op<Job> {
    return yield* this.#vm.locked(this.bo.buffer, () => this.#validateAndQueue(request))
  }

  *#validateAndQueue(request: JobRequest): Op<Job> {
    const { resv } = this.bo.buffer
    if (this.#mode === 'fault') return this.#jobs.submit(request, [])
    if (this.#binding.read().bound) this.#writePageTables(yield* this.#validate())
    // User space says itself what waits for what, so only the kernel's fences count (DMB-15).
    const job = this.#jobs.submit(request, resv.pending('kernel'))
    resv.addFence(job.fence, 'bookkeep')
    return job
  }

  /**
   * Move the object where the GPU can use it: the old table goes first, then a new one is asked for (DRM-13). Of jobs
   * that used the old one none is left: the exporter has waited for their fences. **Locks** the reservation is held.
   */
  *#validate(): Op<SgTable> {
    const { placement } = this.#binding.read()
    const mapped = this.bo.table
    if (placement === 'tt' && mapped !== null) return mapped
    yield* this.bo.unpopulate()
    const table = yield* this.bo.populate()
    if (this.#mode === 'fault') yield* this.bo.buffer.resv.wait('kernel')
    this.#binding.change({ placement: 'tt' })
    return table
  }

  /** Behind the jobs that run. A faulting address space has no such order: its jobs ask when they need to. */
  #writePageTables(table: SgTable): void {
    if (!this.#binding.read().rebind) return
    this.#binding.change({ rebind: false })
    const entry = this.#entry
    if (this.#mode === 'fault') entry.set(table)
    else this.#vm.ring.queue({ what: 'page table update' }, [], () => done(entry.set(table)))
  }

  /** The GPU stops at an address that has no entry; a thread of the driver answers. */
  *#raiseFault(): Op<AccessResult | undefined> {
    let end: AccessResult | undefined
    const { kernel } = this.#services
    const answer = kernel.shared('answer to a page fault')
    const handler = kernel.spawn(`page fault of ${this.bo.device.name}`, () =>
      this.#handleFault((with_) => {
        end = with_
        answer.writeValue(wordOf(end))
      }),
    )
    yield* waitFor(handler.ended, 'page fault')
    answer.readValue(wordOf(end))
    return end
  }

  *#handleFault(giveUp: (end: AccessResult) => void): Op<void> {
    yield* point(`page fault of ${this.bo.device.name}`)
    const status = 'engine reset: page fault'
    try {
      const bound = yield* this.#vm.held(() => this.#bindAgain())
      if (!bound) giveUp({ ok: false, status, rule: 'DRM-11' })
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      giveUp({ ok: false, status, errno: error.errno, rule: 'DRM-13' })
    }
  }
}

/** What the job is told. */
const wordOf = (end: AccessResult | undefined): number =>
  end === undefined ? 0 : hashOfText(`${end.status} ${end.errno} ${end.rule}`)
