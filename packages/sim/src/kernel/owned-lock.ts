/** What mutex and semaphore have in common: owners, a queue of those who wait, and the rules of taking and giving back. */
import { type AccessLog, acquire, ContractError, type LockMode, type Op, type Waitable } from '@barter/core'
import type { Thread } from './thread.ts'
import type { Watch } from './watch.ts'

/** What a lock asks of the scheduler. */
export interface LockHost {
  /** Told who takes and gives back, while schedules are explored. */
  readonly watch: Watch | undefined
  /** The running thread. **Errors** `ContractError` INV-12 when no thread runs. */
  thread(): Thread
  /** The running thread is about to wait for `lock`: the order of locks is looked at (INV-11). */
  requested(lock: OwnedLock): void
}

export abstract class OwnedLock implements Waitable {
  readonly name: string
  /** What stands before the parenthesis: locks of a class are taken in one order (INV-11). */
  readonly lockClass: string
  readonly #host: LockHost
  #thing = -1
  /** Made by nobody's code, as of a whole driver: what it protects is nobody's part, so its holders come in an order. */
  readonly #chained: boolean
  readonly #group: number

  /**
   * **Shape** `ofNobody`: it is made late, in whoever needs it first, and would have been there from the start; what it
   * protects is told by itself.
   */
  constructor(name: string, host: LockHost, ofNobody = false) {
    this.name = name
    const end = name.indexOf('(')
    this.lockClass = end < 0 ? name : name.slice(0, end)
    this.#host = host
    const { watch } = host
    this.#group = watch === undefined || ofNobody ? -1 : watch.group
    this.#chained = watch !== undefined && !ofNobody && this.#group < 0 && !watch.insidePart
  }

  /** Could `thread`, who waits or is about to, have it now? */
  abstract isFree(thread: Thread, mode: LockMode): boolean
  /** Who has it. */
  abstract holders(): readonly Thread[]
  protected abstract take(thread: Thread, mode: LockMode): void

  /** Where `thread`, who waits for it, stands: as of `Standing`. */
  standing(_thread: Thread, _mode: LockMode): 'lock' | 'comes' | 'line' {
    return 'lock'
  }

  /** Can `thread`, who waits for it, be chosen: to have it, or to stand in line for it? */
  mayBeChosen(thread: Thread, mode: LockMode): boolean {
    return this.isFree(thread, mode)
  }

  /** The running thread, who waits for it, was chosen. **Shape** gives whether it has it now: else it stands in line. */
  chosen(mode: LockMode): boolean {
    if (!this.tryGrant(mode)) throw new Error(`${this.name} is not free`)
    return true
  }

  /** Who has to let go before `thread` gets it. */
  blockers(thread: Thread, _mode: LockMode): readonly Thread[] {
    return this.holders().filter((holder) => holder !== thread)
  }

  tryGrant(mode: LockMode): boolean {
    const thread = this.current
    if (!this.isFree(thread, mode)) return false
    this.take(thread, mode)
    thread.held.push(this)
    const { watch } = this.#host
    if (watch !== undefined) {
      watch.log.acquire(this.thing, mode === 'read')
      if (this.#chained) watch.log.write(this.thing)
    }
    return true
  }

  /** Number under which an explorer knows it. */
  get thing(): number {
    this.#know()
    return this.#thing
  }

  /** Most locks of a machine are never taken. */
  #know(): void {
    if (this.#thing < 0) this.#thing = this.#host.watch?.thing(this.name, this.#group) ?? -1
  }

  /** It is tried without waiting: what comes of it depends on who has it. */
  protected tried(): void {
    this.#host.watch?.log.tried(this.thing)
  }

  /** Who hears what is done with it, while schedules are explored. */
  protected get log(): AccessLog | undefined {
    return this.#host.watch?.log
  }

  protected get current(): Thread {
    return this.#host.thread()
  }

  protected isHeldBy(thread: Thread): boolean {
    return thread.held.includes(this)
  }

  /** **Errors** `ContractError` INV-12 for a thread that has it already: it would wait for itself. */
  protected request(mode: LockMode): Op<void> {
    const thread = this.current
    if (this.isHeldBy(thread)) throw broken(`${thread.name} takes ${this.name}, which it holds already`)
    this.#host.requested(this)
    // Who waits for it is known to wait for a thing.
    if (this.#host.watch !== undefined) this.#know()
    return acquire(this, mode)
  }

  protected forget(thread: Thread): void {
    // Nearly always what was taken last goes first.
    if (thread.held.at(-1) === this) thread.held.pop()
    else thread.held.splice(thread.held.lastIndexOf(this), 1)
    this.#host.watch?.log.release(this.thing)
  }
}

export const broken = (message: string, rule = 'INV-12'): ContractError => new ContractError(rule, message)
