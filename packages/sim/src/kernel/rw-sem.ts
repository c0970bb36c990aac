/**
 * A read-write semaphore: many readers or one writer. A writer who finds readers in it stands in line: no reader gets in
 * before it, so writers are not starved. A writer waits for those who hold it only. To stand in line is a step: who is about
 * to take it may be late, and keeps nobody out before.
 */
import type { LockMode, Op, RwSem } from '@barter/core'
import { broken, OwnedLock } from './owned-lock.ts'
import type { Thread } from './thread.ts'

export class SimRwSem extends OwnedLock implements RwSem {
  #writer: Thread | undefined
  readonly #readers: Thread[] = []
  /** Writers who found readers in it. Readers need no line: one that came before a writer came while that one was late. */
  readonly #line: Thread[] = []

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

  override isFree(_thread: Thread, mode: LockMode): boolean {
    if (this.#writer !== undefined) return false
    return mode === 'write' ? this.#readers.length === 0 : this.#line.length === 0
  }

  override standing(thread: Thread, mode: LockMode): 'lock' | 'comes' | 'line' {
    if (mode === 'read') return 'lock'
    return this.#line.includes(thread) ? 'line' : 'comes'
  }

  /** Behind another writer it makes no difference when it comes to stand in line: readers wait in any case. */
  override mayBeChosen(thread: Thread, mode: LockMode): boolean {
    return this.isFree(thread, mode) || (this.#readers.length > 0 && this.standing(thread, mode) === 'comes')
  }

  override chosen(mode: LockMode): boolean {
    const thread = this.current
    switch (this.standing(thread, mode)) {
      case 'comes':
        this.log?.comes(this.thing)
        if (this.#readers.length === 0) break
        this.#line.push(thread)
        return false
      case 'line':
        this.log?.resumes()
        this.#line.splice(this.#line.indexOf(thread), 1)
        break
      case 'lock':
    }
    return super.chosen(mode)
  }

  override holders(): readonly Thread[] {
    return this.#writer === undefined ? this.#readers : [this.#writer]
  }

  /** A reader also has those in its way who stand in line. */
  override blockers(thread: Thread, mode: LockMode): readonly Thread[] {
    const holders = super.blockers(thread, mode)
    return mode === 'write' ? holders : [...holders, ...this.#line]
  }

  protected override take(thread: Thread, mode: LockMode): void {
    if (mode === 'write') this.#writer = thread
    else this.#readers.push(thread)
  }
}
