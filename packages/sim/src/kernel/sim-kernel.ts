/** What drivers of a run get as `KERNEL`. */
import {
  type Completion,
  type Device,
  type Fence,
  type Kernel,
  type Lock,
  type Op,
  operation,
  type Part,
  type RwSem,
  type Shared,
  type Task,
  type Turns,
  UNWATCHED,
  UNWATCHED_TURNS,
} from '@barter/core'
import { SimCompletion } from './completion.ts'
import { SimFence } from './fence.ts'
import { Mutex } from './mutex.ts'
import { broken } from './owned-lock.ts'
import { SimRwSem } from './rw-sem.ts'
import type { Scheduler } from './scheduler.ts'
import { type Watch, WatchedPart } from './watch.ts'

export class SimKernel implements Kernel {
  readonly #scheduler: Scheduler
  readonly #parts = new Map<Device, WatchedPart>()
  readonly #tellingParts = new Map<Device, WatchedPart>()

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  get watch(): Watch | undefined {
    return this.#scheduler.watch
  }

  lock(name: string, life?: Shared): Lock {
    return new Mutex(name, this.#scheduler, false, life)
  }

  /** One that belongs to nobody, whoever makes it, and protects what is told. */
  machineLock(name: string): Lock {
    return new Mutex(name, this.#scheduler, true)
  }

  rwsem(name: string): RwSem {
    return new SimRwSem(name, this.#scheduler)
  }

  fence(name: string): Fence {
    return new SimFence(name, { watch: this.#scheduler.watch })
  }

  completion(name: string): Completion {
    return new SimCompletion(name, this.#scheduler.watch)
  }

  spawn(name: string, body: () => Op<void>): Task {
    return this.#scheduler.spawn(name, 'kernel', body)
  }

  /**
   * Something that the hardware does by itself, such as a reset that takes its time: it is never late. **Shape** `body` waits
   * before it does anything.
   */
  hardware(name: string, body: () => Op<void>): void {
    this.#scheduler.spawnHardware(name, body)
  }

  now(): number {
    return this.#scheduler.watch?.timeOfRunning() ?? this.#scheduler.now
  }

  get tick(): number {
    return this.#scheduler.now
  }

  /** A thread that never returns to user space hands the work to a worker at once, as the kernel's delayed `fput` does. */
  deferToReturn(name: string, work: () => Op<void>): void {
    const thread = this.#scheduler.current
    if (thread?.kind === 'user') thread.deferred.push({ name, work, part: this.currentPart() })
    else this.#scheduler.spawn(name, 'kernel', work)
  }

  shared(name: string, of?: { readonly name: string }): Shared {
    const { watch } = this.#scheduler
    if (watch === undefined) return UNWATCHED
    return of === undefined ? watch.shared(name) : watch.ofDevice(name, of.name)
  }

  turns(name: string): Turns {
    return this.#scheduler.watch?.turns(name) ?? UNWATCHED_TURNS
  }

  part(name: string): Part | undefined {
    return this.#scheduler.watch?.part(name)
  }

  inside<T>(part: Part | undefined, work: Op<T>): Op<T> {
    const { watch } = this.#scheduler
    return watch === undefined || !(part instanceof WatchedPart) ? work : insidePart(watch, part, work)
  }

  visit(part: Part | undefined, work: Op<void>): Op<void> {
    const { watch } = this.#scheduler
    return watch === undefined ? work : visitPart(watch, part instanceof WatchedPart ? part : watch.corePart(), work)
  }

  /** The part of all driver code that works for `device`; `undefined` in an ordinary run. **Shape** `tells` as of `Importer`. */
  devicePart(device: Device, tells = false): Part | undefined {
    const { watch } = this.#scheduler
    if (watch === undefined) return undefined
    const parts = tells ? this.#tellingParts : this.#parts
    const part = parts.get(device) ?? watch.devicePart(device.name, tells)
    parts.set(device, part)
    return part
  }

  currentTask(): Task | undefined {
    return this.#scheduler.current
  }

  currentPart(): Part | undefined {
    return this.#scheduler.current?.parts.at(-1)
  }

  /**
   * The current thread goes back to user space: what was deferred is done now, in order, in this thread.
   * **Errors** `ContractError` INV-12 when it still holds a lock.
   */
  *returnToUser(): Op<void> {
    const thread = this.#scheduler.thread()
    for (;;) {
      if (thread.held.length > 0) {
        throw broken(`${thread.name} returns to user space holding ${thread.held.map((lock) => lock.name).join(', ')}`)
      }
      const deferred = thread.deferred.shift()
      if (deferred === undefined) return
      const { name, work, part } = deferred
      yield* this.inside(part, operation(work(), name, `in ${thread.name}`))
    }
  }
}

function* insidePart<T>(watch: Watch, part: WatchedPart, work: Op<T>): Op<T> {
  watch.enter(part)
  try {
    return yield* work
  } finally {
    watch.leave()
  }
}

function* visitPart(watch: Watch, part: WatchedPart, work: Op<void>): Op<void> {
  watch.enter(part)
  const passed = watch.visits()
  try {
    yield* work
  } finally {
    watch.leave()
    watch.returns(passed)
  }
}
