/** Schedules of chance: plain random walks, and PCT, which finds a bug of depth d with a known probability. */
import type { Explorable } from '@barter/core'
import { Random } from './random.ts'
import { Tally, type TallyOptions } from './tally.ts'
import { Walker } from './walker.ts'

export interface RandomOptions extends TallyOptions {
  readonly seed: number
  /** How many; they repeat themselves where the scenario has fewer. */
  readonly schedules: number
}

/** Who goes next: asked before each step. */
type Chooser = (enabled: readonly number[], depth: number) => number

export function randomWalk(subject: Explorable, options: RandomOptions): Tally {
  const random = new Random(options.seed)
  return walks(subject, options, () => (enabled) => enabled[random.below(enabled.length)] ?? 0)
}

export interface PctOptions extends RandomOptions {
  /** Depth of the bugs that are looked for: how many ordered pairs of events make one up. 3 unless given. */
  readonly depth?: number
}

/**
 * Probabilistic concurrency testing: each thread has a priority, the highest goes, and at a few steps of chance whoever
 * runs falls below all others. The length of a schedule is taken from those before.
 */
export function pct(subject: Explorable, { depth = 3, ...options }: PctOptions): Tally {
  const random = new Random(options.seed)
  let longest = 1
  return walks(subject, options, () => {
    const priorities: number[] = []
    const changes = Array.from({ length: depth - 1 }, () => random.below(longest))
    let lowest = 0
    return (enabled, at) => {
      longest = Math.max(longest, at + 1)
      for (const thread of enabled) priorities[thread] ??= 1 + random.below(2 ** 30)
      let chosen = highest(enabled, priorities)
      if (changes.includes(at)) {
        priorities[chosen] = --lowest
        chosen = highest(enabled, priorities)
      }
      return chosen
    }
  })
}

const highest = (enabled: readonly number[], priorities: readonly number[]): number =>
  enabled.reduce((best, thread) => ((priorities[thread] ?? 0) > (priorities[best] ?? 0) ? thread : best))

function walks(subject: Explorable, options: RandomOptions, begin: () => Chooser): Tally {
  const walker = new Walker(subject)
  const tally = new Tally(walker, options)
  for (let i = 0; i < options.schedules && !tally.stopped; i++) {
    if (i > 0) walker.restart()
    const choose = begin()
    for (let enabled = walker.enabled(); enabled.length > 0; enabled = walker.enabled()) {
      if (tally.sawViolation() || walker.run.halted || tally.tooLong(walker.depth)) break
      walker.step(choose(enabled, walker.depth))
    }
    tally.schedule()
  }
  return tally
}
