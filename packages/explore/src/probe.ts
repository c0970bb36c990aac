/**
 * A few schedules of chance, each run twice, before a search rests on runs being alike: samples and bounded searches may
 * replay too little to see that they are not. No proof, as `twice` is none, but nearly free.
 */
import { type Explorable, Random } from '@barter/core'
import type { Nondeterminism } from './nondeterminism.ts'
import { locate } from './twice.ts'
import { Walker } from './walker.ts'

const PROBES = 3
const LONGEST = 2000
const SEED = 11

/** **Shape** `undefined` when both runs of each were alike. */
export function probe(subject: Explorable): { violation: Nondeterminism; schedule: readonly number[] } | undefined {
  const walker = new Walker(subject)
  const random = new Random(SEED)
  for (let i = 0; i < PROBES; i++) {
    const first = endOf(walker, randomPath(walker, random))
    const path = [...walker.path]
    walker.follow(path, [])
    if (walker.depth === path.length && endOf(walker, path) === first) continue
    const violation = locate(subject, path, 'two runs of it end differently')
    return { violation, schedule: path.slice(0, violation.steps) }
  }
  return undefined
}

function randomPath(walker: Walker, random: Random): readonly number[] {
  walker.restart()
  for (let enabled = walker.enabled(); enabled.length > 0; enabled = walker.enabled()) {
    if (walker.run.halted || walker.run.found > 0 || walker.depth >= LONGEST) break
    walker.step(enabled[random.below(enabled.length)] ?? 0)
  }
  return walker.path
}

/** All that is known of a run at its end, as text. */
function endOf({ history, run }: Walker, path: readonly number[]): string {
  const { stateA, stateB } = history
  return `${path.length} ${stateA} ${stateB} ${run.finish()}`
}
