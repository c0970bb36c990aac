/**
 * What user space could find out by trying: which devices are dark, which buffers are revoked, what is mapped. Drivers
 * tell it by the facts of the trace, hardware is asked; `wait` steps look here.
 */
import { addWords, type Bdf, hashOfText, type Op, type TraceFact, waitFor } from '@barter/core'
import { SimFence } from '../kernel/fence.ts'
import type { Watch } from '../kernel/watch.ts'
import type { RunTrace } from '../report/run-trace.ts'

/** What is asked of a buffer is asked of all its importers, of an import of its one. */
export interface Bound {
  readonly buffer: string
  readonly device?: string
}

/** What a step waits for. **Shape** a buffer in state `live`, `revoked` or `dead`; devices by their names in the trace. */
export type Condition =
  | { readonly about: 'darkness'; readonly device: string; readonly at: Bdf; readonly dark: boolean }
  | { readonly about: 'state'; readonly buffer: string; readonly state: string }
  | { readonly about: 'mappings'; readonly which: Bound; readonly mapped: boolean }
  | { readonly about: 'invalidations'; readonly which: Bound }

interface Waiter {
  readonly condition: Condition
  readonly fence: SimFence
}

export class Conditions {
  readonly #states = new Map<string, string>()
  readonly #mapped: { readonly buffer: string; readonly device: string; readonly mapping: number }[] = []
  readonly #invalidated: { readonly buffer: string; readonly device: string }[] = []
  readonly #waiting: Waiter[] = []
  readonly #watch: Watch | undefined
  /** For explorers: one thing for each subject that somebody may ask about. */
  readonly #things = new Map<string, number>()
  /** How many wait. */
  #waiters = -1
  /** What was told last of a subject that has one content. */
  readonly #told = new Map<string, string>()
  #asked: ReadonlySet<string> = new Set()
  readonly #isDark: (device: Bdf) => boolean

  /** **Shape** `isDark`: does the function answer no memory request now? Each change of it is a fact of the trace too. */
  constructor(isDark: (device: Bdf) => boolean, watch?: Watch) {
    this.#isDark = isDark
    this.#watch = watch
  }

  /** **Shape** `asked`: sorts of subjects that steps ask about, as of `sortOf`; what nobody asks about concerns nobody. */
  watch(trace: RunTrace, asked: ReadonlySet<string>): void {
    this.#asked = asked
    trace.watch((fact) => {
      const subjects = this.#watch === undefined ? [] : subjectsOf(fact)
      const waited = subjects.map((subject) => this.#isWaitedFor(subject))
      this.#learn(fact)
      for (const [i, subject] of subjects.entries()) this.#tell(fact, subject, waited[i] === true)
      this.#wake()
    })
  }

  /**
   * Wait until it is so; at once if it is. It may be over again when the waiter goes on: that it was so is enough.
   * `what` names the wait, as in `buf revoked`.
   */
  *until(what: string, condition: Condition): Op<void> {
    // As with a fence the look teaches nothing: one goes on when it is so, now or later, and nobody can tell which.
    this.#watch?.log.readHere(this.#thing(subjectOf(condition)))
    const fence = new SimFence(what, { watch: this.#watch })
    if (this.#holds(condition)) fence.signal()
    else {
      this.#waiting.push({ condition, fence })
      this.#noteWaiters()
    }
    yield* waitFor(fence, 'not so yet')
  }

  #holds(condition: Condition): boolean {
    switch (condition.about) {
      case 'darkness':
        return this.#isDark(condition.at) === condition.dark
      case 'state':
        return (this.#states.get(condition.buffer) ?? 'live') === condition.state
      case 'mappings':
        return this.#mapped.some((one) => isOf(one, condition.which)) === condition.mapped
      case 'invalidations':
        return this.#invalidated.some((one) => isOf(one, condition.which))
    }
  }

  #wake(): void {
    for (let i = this.#waiting.length - 1; i >= 0; i--) {
      const waiter = this.#waiting[i]
      if (waiter === undefined || !this.#holds(waiter.condition)) continue
      this.#waiting.splice(i, 1)
      this.#noteWaiters()
      waiter.fence.signal()
    }
  }

  #learn(fact: TraceFact): void {
    switch (fact.kind) {
      case 'export':
      case 'state':
        this.#states.set(fact.buffer, fact.state)
        return
      case 'map':
        if (fact.mapping !== undefined) this.#mapped.push({ ...fact, mapping: fact.mapping })
        return
      case 'unmap': {
        const at = this.#mapped.findIndex((one) => one.mapping === fact.mapping)
        if (at >= 0) this.#mapped.splice(at, 1)
        return
      }
      case 'invalidate':
        if (!this.#invalidated.some((one) => isOf(one, fact))) this.#invalidated.push(fact)
        return
      default:
    }
  }

  /** Mappings come and go in any order, unless somebody waits: then one of them is the one that lets him go on. */
  #tell(fact: TraceFact, subject: Subject, waited: boolean): void {
    if (this.#watch === undefined || !this.#asked.has(subject.sort)) return
    const { log } = this.#watch
    const thing = this.#thing(subject)
    this.#heedWaiters()
    if (subject.which === undefined) {
      const now = 'state' in fact ? fact.state : fact.kind
      // Dark for another reason than before is still dark.
      if (this.#told.get(subject.name) === now) return
      this.#told.set(subject.name, now)
      log.writeValue(thing, hashOfText(now))
    } else if (waited) log.writeValue(thing, this.#content(subject.sort, subject.which))
    else log.addValue(thing, this.#content(subject.sort, subject.which))
  }

  /** How many mappings there are, whose is known elsewhere; or who was told. */
  #content(sort: string, which: Bound): number {
    if (sort.startsWith('mappings')) return this.#mapped.filter((one) => isOf(one, which)).length
    const told = this.#invalidated.filter((one) => isOf(one, which))
    return told.reduce((sum, { device }) => addWords(sum, which.device === undefined ? hashOfText(device) : 1), 0)
  }

  #noteWaiters(): void {
    this.#watch?.log.noteValue(this.#waitersThing(), this.#waiting.length)
  }

  /** Whoever waits for what holds now goes on. */
  #heedWaiters(): void {
    this.#watch?.log.heeds(this.#waitersThing())
    for (const { fence } of this.#waiting) this.#watch?.log.heeds(fence.thing)
  }

  #waitersThing(): number {
    if (this.#waiters < 0) this.#waiters = this.#watch?.thing('who waits for a condition', -1) ?? -1
    return this.#waiters
  }

  #isWaitedFor(subject: Subject): boolean {
    return this.#waiting.some(({ condition }) => subjectOf(condition).name === subject.name)
  }

  #thing({ name, which }: Subject): number {
    const known = this.#things.get(name)
    if (known !== undefined || this.#watch === undefined) return known ?? -1
    const made = this.#watch.thing(name, this.#watch.groupOfDevice(which?.device ?? ''))
    this.#things.set(name, made)
    return made
  }
}

/** What a condition is about, and a fact changes. */
interface Subject {
  readonly name: string
  readonly sort: string
  /** Of mappings and invalidations: whose. */
  readonly which?: Bound
}

/** Of conditions that ask about the same sort of subjects. **Shape** `ofImport`: not of all importers. */
export const sortOf = (about: 'state' | 'mappings' | 'invalidations', ofImport: boolean): string =>
  about === 'state' ? about : `${about} of ${ofImport ? 'an import' : 'a buffer'}`

export const darknessOf = (device: string): string => `darkness of ${device}`

function subjectOf(condition: Condition): Subject {
  if (condition.about === 'darkness') return { name: darknessOf(condition.device), sort: darknessOf(condition.device) }
  if (condition.about === 'state') return { name: `state of ${condition.buffer}`, sort: 'state' }
  return bound(condition.about, condition.which)
}

function bound(about: 'mappings' | 'invalidations', which: Bound): Subject {
  const { buffer, device } = which
  const name = `${about} of ${buffer}${device === undefined ? '' : ` for ${device}`}`
  return { name, sort: sortOf(about, device !== undefined), which }
}

function subjectsOf(fact: TraceFact): readonly Subject[] {
  switch (fact.kind) {
    case 'export':
    case 'state':
      return [{ name: `state of ${fact.buffer}`, sort: 'state' }]
    case 'map':
    case 'unmap':
    case 'invalidate': {
      const { buffer, device } = fact
      const about = fact.kind === 'invalidate' ? 'invalidations' : 'mappings'
      return [bound(about, { buffer }), bound(about, { buffer, device })]
    }
    case 'dark':
    case 'light':
      return [{ name: darknessOf(fact.device), sort: darknessOf(fact.device) }]
    default:
      return []
  }
}

const isOf = (one: { readonly buffer: string; readonly device: string }, which: Bound): boolean =>
  one.buffer === which.buffer && (which.device === undefined || one.device === which.device)
