/**
 * How many interleavings a scenario has, by Knuth's estimate: the product of the numbers of choices along a random schedule has
 * that number as its mean.
 */
import { type Explorable, Random } from '@barter/core'
import { whoGoesOn } from './tally.ts'
import { Walker } from './walker.ts'

const PROBES = 30
const LONGEST = 5000

export interface Estimate {
  /** `Infinity` beyond the range of a double. */
  readonly interleavings: number
  /** Which thread still went on after so many steps of one of them, and where it was, as a clause. */
  readonly endless: string | undefined
}

/** Deterministic for a scenario. */
export function estimateOf(subject: Explorable): Estimate {
  const walker = new Walker(subject)
  const random = new Random(7)
  let sum = 0
  let endless: string | undefined
  for (let probe = 0; probe < PROBES; probe++) {
    if (probe > 0) walker.restart()
    let product = 1
    for (let enabled = walker.enabled(); enabled.length > 0; enabled = walker.enabled()) {
      if (walker.run.halted || walker.run.found > 0) break
      if (walker.depth >= LONGEST) {
        endless ??= whoGoesOn(walker)
        break
      }
      product *= enabled.length
      walker.step(enabled[random.below(enabled.length)] ?? 0)
    }
    sum += product / PROBES
  }
  return { interleavings: sum, endless }
}
