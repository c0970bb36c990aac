/** A buffer object of amdgpu on a lent BAR: mapped when a job is submitted, let go in or soon after the callback (DRM-1 to DRM-4). */
import {
  type AccessRequest,
  type AccessResult,
  type Attachment,
  type Bus,
  type Controls,
  type Device,
  type DmaBuf,
  done,
  type FenceUsage,
  type Import,
  type Kernel,
  KernelError,
  type Op,
  point,
  SharedState,
  type StepValue,
  type Trace,
} from '@barter/core'
import type { AmdgpuStep } from './amdgpu-invalidate.ts'
import type { GpuVm } from './gpu-vm.ts'
import { runInvalidate } from './invalidate-step.ts'
import type { JobRequest } from './job.ts'
import { type Job, JobQueue } from './job-queue.ts'
import { jobControl, noArgs, readJob, waitIdleControl } from './job-words.ts'
import { PageTableEntry } from './page-table-entry.ts'
import { TtmObject } from './ttm-object.ts'

export interface AmdgpuServices {
  readonly kernel: Kernel
  readonly bus: Bus
  readonly trace: Trace
  readonly vmOf: (device: Device) => GpuVm
  readonly invalidate: readonly AmdgpuStep[]
  /** The callback may not use the attachment before the import has stored it (BUG-43). */
  readonly publishesLate: boolean
}

export const AMDGPU_CONTROLS: Controls = {
  submit: jobControl('submit a job that uses the object; does not wait for it'),
  waitIdle: waitIdleControl,
  status: { summary: 'the object as the driver sees it: mapped, stale, ghosts, jobs that run', args: noArgs },
}

/** Fences that a job waits for, by what it does (DMB-21). */
const WAITED: Readonly<Record<AccessRequest['access'], FenceUsage>> = { read: 'write', write: 'read' }

interface PageTables {
  /** They do not show what is mapped. */
  readonly stale: boolean
  /** An entry of them shows it, or is about to. */
  readonly shown: boolean
}

const wordOf = ({ stale, shown }: PageTables): number => (stale ? 1 : 0) + (shown ? 2 : 0)

export class AmdgpuObject implements Import {
  readonly bo: TtmObject
  readonly #services: AmdgpuServices
  readonly #vm: GpuVm
  readonly #jobs: JobQueue
  readonly #entry: PageTableEntry
  readonly #pageTables: SharedState<PageTables>

  constructor(services: AmdgpuServices, device: Device, buffer: DmaBuf) {
    const { kernel, bus, trace, vmOf } = services
    this.#services = services
    this.bo = new TtmObject(kernel, device, buffer)
    this.#vm = vmOf(device)
    const entry = new PageTableEntry(kernel)
    this.#entry = entry
    const fresh: PageTables = { stale: true, shown: false }
    this.#pageTables = new SharedState(kernel, 'page tables of an object', fresh, wordOf)
    this.#jobs = new JobQueue({
      kernel,
      device,
      ring: this.#vm.ring,
      trace,
      job: { bus, device, look: () => entry.table },
    })
  }

  /** **Errors** the exporter's at attach. Nothing is mapped yet. **Source** DRM-1 */
  *attach(): Op<void> {
    yield* this.bo.attach({ peer2peer: true, invalidate: (attachment) => this.#invalidate(attachment) })
  }

  /** Submit a job and wait for its end. **Errors** as `submit`. */
  *access(request: AccessRequest): Op<AccessResult> {
    return yield* this.#jobs.end(yield* this.#submit({ ...request, ticks: 0 }))
  }

  *control(name: string, args: Readonly<Record<string, StepValue>>): Op<StepValue> {
    switch (name) {
      case 'submit':
        return (yield* this.#submit(readJob(args))).number + 1
      case 'waitIdle':
        return yield* this.#jobs.waitIdle()
      case 'status':
        return {
          mapped: this.bo.table !== null,
          stale: this.#pageTables.read().stale,
          ghosts: this.bo.ghosts,
          running: this.#jobs.running,
        }
      default:
        throw new KernelError('ENOTTY', 'DRM-1', `amdgpu has no ${name}`)
    }
  }

  /** The handle goes, and the object follows when nobody uses it any more. */
  *close(): Op<void> {
    yield* this.#vm.locked(this.bo.buffer, () => point('close handle'))
    this.#queueClear()
    yield* this.bo.put()
  }

  markStale(): void {
    this.#pageTables.change({ stale: true })
  }

  /** Unless somebody holds the address space: who does is about to write its page tables. **Source** DRM-2 */
  clearPageTables(): void {
    const { lock } = this.#vm
    if (!lock.tryLock()) return
    this.#queueClear()
    lock.unlock()
  }

  /** The callback. It may come before the import has its attachment (DMB-9): then nothing is mapped. */
  *#invalidate(attachment: Attachment): Op<void> {
    const { invalidate, publishesLate, trace } = this.#services
    if (!publishesLate) this.bo.publish(attachment)
    yield* runInvalidate(trace, 'amdgpu', this.bo.device.name, invalidate, this)
  }

  /**
   * The command submission. **Locks** takes the address space, then the reservation. **Errors** the exporter's at map:
   * ENODEV while revoked (DRM-4).
   */
  *#submit(request: JobRequest): Op<Job> {
    return yield* this.#vm.locked(this.bo.buffer, () => this.#validateAndQueue(request))
  }

  *#validateAndQueue(request: JobRequest): Op<Job> {
    const { resv } = this.bo.buffer
    const table = yield* this.bo.populate()
    if (this.#pageTables.read().stale) {
      const entry = this.#entry
      this.#vm.ring.queue({ what: 'page table update' }, [], () => done(entry.set(table)))
      this.#pageTables.write({ stale: false, shown: true })
    }
    // The kernel's fences among them: the job waits, not the submission (DMB-15).
    const job = this.#jobs.submit(request, resv.pending(WAITED[request.access]))
    resv.addFence(job.fence, 'write')
    return job
  }

  /** Behind the jobs that still use the entries. */
  #queueClear(): void {
    if (!this.#pageTables.read().shown) return
    this.#pageTables.change({ shown: false })
    const entry = this.#entry
    this.#vm.ring.queue({ what: 'page table update' }, [], () => done(entry.clear()))
  }
}
