/**
 * Calls of core that made an operation which nobody ran: somebody forgot `yield*`. Nothing happens then, no line fails, and what
 * comes of it shows elsewhere, if at all.
 */
import { Attachment, BUS, DmaBuf, KERNEL, MappingCount, Reservation, type Scope } from '@barter/core'
import { callPlace } from './call-place.ts'

/** As `detach() at src/index.ts:81`. */
type Unrun = string
type Call = (...args: unknown[]) => unknown

export class UnrunCalls {
  readonly #unrun = new Map<object, Unrun>()
  readonly #watched = new Set<object>()
  readonly #undo: (() => void)[] = []

  /** Those of what `work` did, each place once. **Shape** `work` is given what to call as soon as a run has its services. */
  static of(work: (opened: (run: Scope) => void) => void): readonly Unrun[] {
    const calls = new UnrunCalls()
    for (const { prototype } of [DmaBuf, Attachment, Reservation, MappingCount]) calls.#watch(prototype)
    try {
      work((run) => {
        calls.#watchServices(run)
      })
    } catch (error) {
      // It may well have failed for that.
      if (calls.#unrun.size === 0) throw error
    } finally {
      for (const put of calls.#undo) put()
    }
    return [...new Set(calls.#unrun.values())]
  }

  #watchServices(run: Scope): void {
    const kernel = run.get(KERNEL)
    const name = 'looked at by the kit'
    for (const made of [kernel.lock(name), kernel.rwsem(name), kernel.completion(name)]) {
      this.#watch(Object.getPrototypeOf(made) as object)
    }
    this.#watch(run.get(BUS))
  }

  /** The methods of it that there are, its own and those of its classes. */
  #watch(owner: object | null): void {
    if (owner === null || owner === Object.prototype || this.#watched.has(owner)) return
    this.#watched.add(owner)
    this.#watch(Object.getPrototypeOf(owner) as object | null)
    for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(owner))) {
      const call: unknown = property.value
      if (typeof call !== 'function' || key === 'constructor' || property.configurable !== true) continue
      const note = this.#note.bind(this)
      const watched = function (this: unknown, ...args: unknown[]): unknown {
        return note((call as Call).apply(this, args), key, watched)
      }
      Object.defineProperty(owner, key, { ...property, value: watched })
      this.#undo.push(() => {
        Object.defineProperty(owner, key, property)
      })
    }
  }

  /** Until somebody asks it to go on. */
  #note(made: unknown, key: string, from: Call): unknown {
    if (Object.prototype.toString.call(made) !== '[object Generator]') return made
    const operation = made as { next?: Call }
    const next = operation.next as Call
    this.#unrun.set(operation, `${key}() ${callPlace(from)}`)
    operation.next = (...args) => {
      this.#unrun.delete(operation)
      operation.next = next
      return next.apply(operation, args)
    }
    return operation
  }
}
