/** Where the threads of a modelled run stand, what they wait for, and which of them can go on. */
import type { Standing } from '@barter/core'
import { grown } from './grown.ts'

const ENTRIES = 64
/** Words of a saved thread. */
const PER_THREAD = 4
const TWO_32 = 2 ** 32

const READY = 0
const ENDED = 1
const AT_FENCE = 2
const AT_LOCK = 3
const AT_LOCK_SHARED = 4
const COMING = 5
const IN_LINE = 6
const ASLEEP = 7
/** At a place of sort `other` the real run is asked instead. */
const STANDS = {
  ready: READY,
  ended: ENDED,
  fence: AT_FENCE,
  lock: AT_LOCK,
  comes: COMING,
  line: IN_LINE,
  sleep: ASLEEP,
  other: READY,
} as const

/** For each thing who holds it: thread + 1, or minus the number of readers; 1 for a fence that is over. */
export type Holders = Int32Array

export class Standings {
  /** How many threads there are. */
  threads = 0
  #stands = new Int32Array(ENTRIES)
  #waitsFor = new Int32Array(ENTRIES)
  #wakeAt = new Float64Array(ENTRIES)
  #isHardware = new Int32Array(ENTRIES)

  /** One more thread. **Shape** gives its number. */
  add(isHardware: boolean): number {
    const thread = this.threads++
    if (thread >= this.#stands.length) this.#grow()
    this.#isHardware[thread] = isHardware ? 1 : 0
    return thread
  }

  /** **Shape** `thing`: what it waits for; `now`: the time, to which its ticks are added. */
  stand(thread: number, { kind, shared, ticks }: Standing, thing: number, now: number): void {
    this.#stands[thread] = kind === 'lock' && shared ? AT_LOCK_SHARED : STANDS[kind]
    this.#waitsFor[thread] = thing
    this.#wakeAt[thread] = now + ticks
  }

  canRun(thread: number, held: Holders): boolean {
    const thing = this.#waitsFor[thread] as number
    switch (this.#stands[thread]) {
      case READY:
        return true
      case AT_FENCE:
        return held[thing] === 1
      case AT_LOCK:
      case IN_LINE:
        return held[thing] === 0
      case COMING:
        return (held[thing] as number) <= 0
      case AT_LOCK_SHARED:
        return (held[thing] as number) <= 0 && !this.#hasLine(thing)
      case ASLEEP:
        return !this.#isHardwareDue(thread)
      default:
        return false
    }
  }

  hasEnded(thread: number): boolean {
    return this.#stands[thread] === ENDED
  }

  /** The time once `thread` goes on. */
  timeAfter(thread: number, now: number): number {
    return this.#stands[thread] === ASLEEP ? Math.max(now, this.#wakeAt[thread] as number) : now
  }

  /** The lock that it waits for; -1 for none. */
  lockOf(thread: number, held: Holders): number {
    const stands = this.#stands[thread] as number
    return stands >= AT_LOCK && stands <= IN_LINE && !this.canRun(thread, held)
      ? (this.#waitsFor[thread] as number)
      : -1
  }

  wantsShared(thread: number): boolean {
    return this.#stands[thread] === AT_LOCK_SHARED
  }

  /** The fence that it waits for; -1 for none. */
  fenceOf(thread: number, held: Holders): number {
    return this.#stands[thread] === AT_FENCE && !this.canRun(thread, held) ? (this.#waitsFor[thread] as number) : -1
  }

  /** Words that `save` needs. */
  get savedLength(): number {
    return PER_THREAD * this.threads
  }

  /** **Shape** gives the index behind what it wrote. */
  save(into: Int32Array, at: number): number {
    let i = at
    for (let n = 0; n < this.threads; n++) {
      into[i++] = this.#stands[n] as number
      into[i++] = this.#waitsFor[n] as number
      into[i++] = Math.floor((this.#wakeAt[n] as number) / TWO_32)
      into[i++] = (this.#wakeAt[n] as number) % TWO_32
    }
    return i
  }

  /** **Shape** gives the index behind what it read; `threads`: how many were saved. */
  restore(from: Int32Array, at: number, threads: number): number {
    let i = at
    this.threads = threads
    for (let n = 0; n < threads; n++) {
      this.#stands[n] = from[i++] as number
      this.#waitsFor[n] = from[i++] as number
      this.#wakeAt[n] = (from[i++] as number) * TWO_32
      this.#wakeAt[n] = (this.#wakeAt[n] as number) + ((from[i++] as number) >>> 0)
    }
    return i
  }

  /** Does a thread stand in line to take it exclusively? */
  #hasLine(lock: number): boolean {
    for (let n = 0; n < this.threads; n++) if (this.#stands[n] === IN_LINE && this.#waitsFor[n] === lock) return true
    return false
  }

  #isHardwareDue(sleeper: number): boolean {
    const wakeAt = this.#wakeAt[sleeper] as number
    for (let n = 0; n < this.threads; n++) {
      if (n === sleeper || this.#isHardware[n] === 0 || this.#stands[n] === ENDED) continue
      const due = this.#wakeAt[n] as number
      if (this.#stands[n] !== ASLEEP || due < wakeAt || (due === wakeAt && this.#isHardware[sleeper] === 0)) return true
    }
    return false
  }

  #grow(): void {
    this.#stands = grown(this.#stands)
    this.#waitsFor = grown(this.#waitsFor)
    this.#isHardware = grown(this.#isHardware)
    const wakeAt = new Float64Array(this.#stands.length)
    wakeAt.set(this.#wakeAt)
    this.#wakeAt = wakeAt
  }
}
