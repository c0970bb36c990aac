/**
 * How many interleavings a scenario has, estimated as Knuth does: the product of the numbers of choices along a schedule of
 * chance has that number for its mean.
 */
import { type Explorable, Random } from '@barter/core'
import { Walker } from './walker.ts'

const PROBES = 30
const LONGEST = 5000

/** The same for the same scenario. `Infinity` beyond the reach of a double. */
export function estimateInterleavings(subject: Explorable): number {
  const walker = new Walker(subject)
  const random = new Random(7)
  let sum = 0
  for (let probe = 0; probe < PROBES; probe++) {
    if (probe > 0) walker.restart()
    let product = 1
    for (let enabled = walker.enabled(); enabled.length > 0; enabled = walker.enabled()) {
      if (walker.run.halted || walker.run.found > 0 || walker.depth > LONGEST) break
      product *= enabled.length
      walker.step(enabled[random.below(enabled.length)] ?? 0)
    }
    sum += product / PROBES
  }
  return sum
}
