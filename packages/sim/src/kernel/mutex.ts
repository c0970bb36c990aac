/** A mutual-exclusion lock. Who is chosen first gets it: a thread may take a lock that others have been waiting for. */
import type { Lock, Op } from '@barter/core'
import { broken, OwnedLock } from './owned-lock.ts'
import type { Thread } from './thread.ts'

export class Mutex extends OwnedLock implements Lock {
  #owner: Thread | undefined

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
