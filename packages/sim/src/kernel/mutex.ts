/** A mutual-exclusion lock. Who is chosen first gets it: a thread may take a lock that others have been waiting for. */
import type { Lock, LockMode, Op, Shared } from '@barter/core'
import { broken, type LockHost, OwnedLock } from './owned-lock.ts'
import type { Thread } from './thread.ts'

export class Mutex extends OwnedLock implements Lock {
  #owner: Thread | undefined
  readonly #life: Shared | undefined
  #freed: string | undefined

  /** **Shape** `ofNobody`: as of `OwnedLock`; `life`: as of `Kernel.lock`. */
  constructor(name: string, host: LockHost, ofNobody = false, life?: Shared) {
    super(name, host, ofNobody)
    this.#life = life
  }

  lock(): Op<void> {
    return this.request('write')
  }

  tryLock(): boolean {
    this.tried()
    return this.tryGrant('write')
  }

  /** **Errors** `ContractError` INV-12 unless the current thread holds it. */
  unlock(): void {
    const thread = this.current
    if (this.#owner !== thread) throw broken(`${thread.name} unlocks ${this.name}, which ${holderText(this.#owner)}`)
    this.#owner = undefined
    this.forget(thread)
  }

  free(why: string): void {
    if (this.#owner !== undefined) throw broken(`${this.#owner.name} holds ${this.name}: ${why}`, 'INV-27')
    this.#life?.noteValue(1)
    this.#freed = why
  }

  /** **Errors** `ContractError` INV-27 once it is freed. */
  override tryGrant(mode: LockMode): boolean {
    const isGiven = super.tryGrant(mode)
    this.#life?.heed()
    if (this.#freed !== undefined) throw broken(`${this.current.name} takes ${this.name}: ${this.#freed}`, 'INV-27')
    return isGiven
  }

  assertHeld(): void {
    const thread = this.current
    if (this.#owner !== thread) throw broken(`${thread.name} relies on ${this.name}, which ${holderText(this.#owner)}`)
  }

  assertNotHeld(): void {
    const thread = this.current
    if (this.#owner === thread) throw broken(`${thread.name} holds ${this.name} where it must not`)
  }

  override isFree(): boolean {
    return this.#owner === undefined
  }

  override holders(): readonly Thread[] {
    return this.#owner === undefined ? [] : [this.#owner]
  }

  protected override take(thread: Thread): void {
    this.#owner = thread
  }
}

const holderText = (owner: Thread | undefined): string => (owner === undefined ? 'is not held' : `${owner.name} holds`)
