/**
 * A read-write semaphore: many readers or one writer. A reader waits for every writer that came before it, so writers
 * are not starved; a writer waits for those who hold it only.
 */
import type { LockMode, Op, RwSem } from '@barter/core'
import { broken, OwnedLock } from './owned-lock.ts'
import type { Thread } from './thread.ts'

export class SimRwSem extends OwnedLock implements RwSem {
  #writer: Thread | undefined
  readonly #readers: Thread[] = []
  /** Those who wait, in the order in which they came. */
  readonly #queue: { readonly thread: Thread; readonly mode: LockMode }[] = []

  downRead(): Op<void> {
    return this.request('read')
  }

  /** **Errors** `ContractError` INV-12 unless the current thread holds it for reading. */
  upRead(): void {
    const thread = this.current
    const at = this.#readers.indexOf(thread)
    if (at < 0) throw broken(`${thread.name} gives back ${this.name}, which it does not hold for reading`)
    this.#readers.splice(at, 1)
    this.forget(thread)
  }

  downWrite(): Op<void> {
    return this.request('write')
  }

  tryDownWrite(): boolean {
    this.tried()
    return this.tryGrant('write')
  }

  /** **Errors** `ContractError` INV-12 unless the current thread holds it for writing. */
  upWrite(): void {
    const thread = this.current
    if (this.#writer !== thread) {
      throw broken(`${thread.name} gives back ${this.name}, which it does not hold for writing`)
    }
    this.#writer = undefined
    this.forget(thread)
  }

  assertHeldWrite(): void {
    const thread = this.current
    if (this.#writer !== thread) {
      throw broken(`${thread.name} relies on ${this.name}, which it does not hold for writing`)
    }
  }

  assertNotHeld(rule?: string): void {
    const thread = this.current
    if (this.isHeldBy(thread)) throw broken(`${thread.name} holds ${this.name} where it must not`, rule)
  }

  override isFree(thread: Thread, mode: LockMode): boolean {
    if (this.#writer !== undefined) return false
    return mode === 'write' ? this.#readers.length === 0 : !this.#hasWriterBefore(thread)
  }

  override holders(): readonly Thread[] {
    return this.#writer === undefined ? this.#readers : [this.#writer]
  }

  /** A reader also has those in its way who wait to write and came first. */
  override blockers(thread: Thread, mode: LockMode): readonly Thread[] {
    const holders = super.blockers(thread, mode)
    return mode === 'write' ? holders : [...holders, ...this.#writersBefore(thread)]
  }

  override waits(thread: Thread, mode: LockMode): void {
    this.#queue.push({ thread, mode })
  }

  protected override waitsNoMore(thread: Thread): void {
    const at = this.#queue.findIndex((waiter) => waiter.thread === thread)
    if (at >= 0) this.#queue.splice(at, 1)
  }

  protected override take(thread: Thread, mode: LockMode): void {
    if (mode === 'write') this.#writer = thread
    else this.#readers.push(thread)
  }

  #hasWriterBefore(thread: Thread): boolean {
    for (const waiter of this.#queue) {
      if (waiter.thread === thread) return false
      if (waiter.mode === 'write') return true
    }
    return false
  }

  #writersBefore(thread: Thread): readonly Thread[] {
    const at = this.#queue.findIndex((waiter) => waiter.thread === thread)
    return this.#queue
      .slice(0, at < 0 ? undefined : at)
      .filter((waiter) => waiter.mode === 'write')
      .map((waiter) => waiter.thread)
  }
}
