/**
 * What comes of requests that nobody answered. The fabric has routed them by itself and the judge has seen them; only
 * then the platform is asked what it makes of it (HAZ-1 to HAZ-3).
 */
import {
  type Bdf,
  type HazardPolicy,
  isUnanswered,
  type Landing,
  type Op,
  point,
  sleep,
  type UnansweredRequest,
} from '@barter/core'
import type { Functions } from './function/functions.ts'

export interface AftermathParts {
  readonly functions: Functions
  /** The machine goes down. What runs goes on to its next yield, and no further. */
  readonly machineCheck: (request: UnansweredRequest) => void
  /** A port takes its link down (HAZ-3). */
  readonly contain: (port: Bdf) => void
}

export class Aftermath {
  /** How the platform takes it; without one it does not. */
  policy: HazardPolicy | undefined
  readonly #parts: AftermathParts

  constructor(parts: AftermathParts) {
    this.#parts = parts
  }

  /** The platform wants to know of a request that ended so. */
  concerns(landing: Landing): landing is UnansweredRequest['landing'] {
    return this.policy !== undefined && isUnanswered(landing)
  }

  /** The pieces of one transfer, which wait side by side. Gives true when the sender hears of no error (HAZ-8). */
  *of(requests: readonly UnansweredRequest[]): Op<boolean> {
    let ticks = 0
    let corrupted = 0
    for (const request of requests) {
      const answer = this.policy?.onUnanswered(request)
      if (answer === undefined) continue
      for (const { at, error } of answer.errors) this.#parts.functions.latchError(at, error)
      ticks = Math.max(ticks, answer.ticks)
      if (answer.contains !== undefined) this.#parts.contain(answer.contains)
      if (answer.kind === 'corrupted') corrupted++
      if (answer.kind !== 'machine-check') continue
      this.#parts.machineCheck(request)
      yield* point('machine check')
      return false
    }
    if (ticks > 0) yield* sleep(ticks)
    return corrupted === requests.length
  }
}
