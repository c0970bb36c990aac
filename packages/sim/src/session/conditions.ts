/**
 * What user space could find out by trying: which devices are dark, which buffers are revoked, what is mapped. Drivers
 * tell it by the facts of the trace, hardware is asked; `wait` steps look here.
 */
import { type Bdf, type Op, type TraceFact, waitFor } from '@barter/core'
import { SimFence } from '../kernel/fence.ts'
import type { Watch } from '../kernel/watch.ts'
import type { RunTrace } from '../report/run-trace.ts'

/** What is asked of a buffer is asked of all its importers, of an import of its one. */
export interface Bound {
  readonly buffer: string
  readonly device?: string
}

export class Conditions {
  readonly #states = new Map<string, string>()
  readonly #mapped: { readonly buffer: string; readonly device: string; readonly mapping: number }[] = []
  readonly #invalidated: { readonly buffer: string; readonly device: string }[] = []
  readonly #waiting: { readonly holds: () => boolean; readonly fence: SimFence }[] = []

  readonly #watch: Watch | undefined
  readonly #thing: number

  /** Does the function answer no memory request now? Each change of it is a fact of the trace too. */
  readonly isDark: (device: Bdf) => boolean

  constructor(isDark: (device: Bdf) => boolean, watch?: Watch) {
    this.isDark = isDark
    this.#watch = watch
    this.#thing = watch === undefined ? -1 : watch.thing('what can be waited for')
  }

  watch(trace: RunTrace): void {
    trace.watch((fact) => {
      if (CONCERNS.has(fact.kind)) this.#watch?.log.write(this.#thing)
      this.#learn(fact)
      this.#wake()
    })
  }

  /** Live until something else is told. */
  state(buffer: string): string {
    return this.#states.get(buffer) ?? 'live'
  }

  isMapped(which: Bound): boolean {
    return this.#mapped.some((one) => isOf(one, which))
  }

  wasInvalidated(which: Bound): boolean {
    return this.#invalidated.some((one) => isOf(one, which))
  }

  /**
   * Wait until `holds`; at once if it does. It may be over again when the waiter goes on: that it was so is enough.
   * `what` names the wait, as in `buf revoked`.
   */
  *until(what: string, holds: () => boolean): Op<void> {
    this.#watch?.log.read(this.#thing)
    if (holds()) return
    const fence = new SimFence(what, { watch: this.#watch })
    this.#waiting.push({ holds, fence })
    yield* waitFor(fence, 'not so yet')
  }

  #wake(): void {
    for (let i = this.#waiting.length - 1; i >= 0; i--) {
      const waiter = this.#waiting[i]
      if (waiter?.holds() !== true) continue
      this.#waiting.splice(i, 1)
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
}

/** Facts after which something may hold that did not before. */
const CONCERNS: ReadonlySet<TraceFact['kind']> = new Set([
  'export',
  'state',
  'map',
  'unmap',
  'invalidate',
  'dark',
  'light',
])

const isOf = (one: { readonly buffer: string; readonly device: string }, which: Bound): boolean =>
  one.buffer === which.buffer && (which.device === undefined || one.device === which.device)
