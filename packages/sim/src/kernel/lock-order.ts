/**
 * Remembers in which order classes of locks are taken, and finds two orders that contradict each other, also when this
 * schedule happened not to deadlock (INV-11). As the kernel's lockdep, but kept for one run.
 */
import { addWords, hashOfText, type Party, type Violation } from '@barter/core'
import type { OwnedLock } from './owned-lock.ts'
import type { SimFence } from './fence.ts'
import type { Thread } from './thread.ts'

/** The order that the rules write down (VFIO-40), outer first; known from the start. */
const WRITTEN: readonly (readonly [outer: string, inner: string])[] = [['memory_lock', 'resv']]
/** Who holds one of these only tries for a second (VFIO-41). */
const ONLY_TRIED = 'memory_lock'
export const RESERVATION = 'resv'

export class LockOrder {
  /** From a class, or from one lock when two of a class are held together, to what was taken inside it. */
  readonly #inside = new Map<string, Map<string, Party>>()
  readonly #reported = new Set<string>()
  #word = 0

  constructor() {
    for (const [outer, inner] of WRITTEN) {
      this.#add(outer, inner, { who: 'the rules', what: `${inner} inside ${outer} (VFIO-40)`, tick: 0, seq: 0 })
    }
  }

  /** One word for the orders that are known. */
  get word(): number {
    return this.#word
  }

  /** `thread` is about to wait for `lock`. **Shape** `now` makes a party of a clause. */
  requested(thread: Thread, lock: OwnedLock, now: (what: string) => Party): readonly Violation[] {
    return thread.held.flatMap((held) => this.#takenInside(held, lock, now))
  }

  /** `thread` is about to wait for a fence. Of a completion nobody knows that it comes without the reservation. */
  waits(thread: Thread, fence: SimFence, now: (what: string) => Party): readonly Violation[] {
    const held = thread.held.find((lock) => lock.lockClass === RESERVATION)
    if (!fence.ofCompletion || held === undefined || this.#reported.has(fence.name)) return []
    this.#reported.add(fence.name)
    const actor = now(`waits for ${fence.name} while holding ${held.name}`)
    const message = `${thread.name} waits for the completion ${fence.name} while holding ${held.name}: whoever completes it may need the reservation`
    return [{ invariant: 'INV-11', rule: 'REV-3', message, actor, parties: [] }]
  }

  #takenInside(held: OwnedLock, lock: OwnedLock, now: (what: string) => Party): readonly Violation[] {
    const sameClass = held.lockClass === lock.lockClass
    if (sameClass && held.lockClass === ONLY_TRIED) return this.#secondOfClass(held, lock, now)
    const outer = sameClass ? held.name : held.lockClass
    const inner = sameClass ? lock.name : lock.lockClass
    if (this.#inside.get(outer)?.has(inner) === true) return []
    const contradiction = this.#pathFrom(inner, outer)
    const here = now(`takes ${lock.name} while holding ${held.name}`)
    if (contradiction === undefined) {
      this.#add(outer, inner, here)
      return []
    }
    const key = `${outer} ${inner}`
    if (this.#reported.has(key)) return []
    this.#reported.add(key)
    const before = contradiction.map((party) => `${party.who}: ${party.what}`).join('; ')
    const message = `${here.who} ${here.what}, but the order is known the other way round (${before})`
    return [{ invariant: 'INV-11', rule: 'VFIO-40', message, actor: here, parties: contradiction }]
  }

  #secondOfClass(held: OwnedLock, lock: OwnedLock, now: (what: string) => Party): readonly Violation[] {
    if (this.#reported.has(ONLY_TRIED)) return []
    this.#reported.add(ONLY_TRIED)
    const actor = now(`waits for ${lock.name} while holding ${held.name}`)
    const message = `${actor.who} ${actor.what}; who holds one such lock may only try for another`
    return [{ invariant: 'INV-11', rule: 'VFIO-41', message, actor, parties: [] }]
  }

  #add(outer: string, inner: string, where: Party): void {
    this.#word = addWords(this.#word, hashOfText(`${outer} ${inner}`))
    const known = this.#inside.get(outer)
    if (known === undefined) this.#inside.set(outer, new Map([[inner, where]]))
    else known.set(inner, where)
  }

  /** Where each lock on a way from `from` to `to` was taken. */
  #pathFrom(from: string, to: string, seen = new Set<string>()): readonly Party[] | undefined {
    seen.add(from)
    for (const [inner, where] of this.#inside.get(from) ?? []) {
      if (inner === to) return [where]
      if (seen.has(inner)) continue
      const rest = this.#pathFrom(inner, to, seen)
      if (rest !== undefined) return [where, ...rest]
    }
    return undefined
  }
}
