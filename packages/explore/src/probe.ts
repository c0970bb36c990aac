/**
 * A few schedules, each run twice, before a search rests on runs being alike: samples and bounded searches may
 * replay too little to see that they are not. No proof, as `twice` is none, but nearly free. The first run that it makes is
 * compared with a second one from its start on: what a plugin keeps in its module may differ there, and never again.
 */
import { type Explorable, Random } from '@barter/core'
import type { Nondeterminism } from './nondeterminism.ts'
import { ToldRun } from './told-run.ts'

const LONGEST = 2000
const SEED = 11

/** Who goes next of those that can. */
type Choose = (enabled: readonly number[]) => number

/** **Shape** `undefined` when both runs of each were alike. */
export function probe(subject: Explorable): { violation: Nondeterminism; schedule: readonly number[] } | undefined {
  for (const choose of choices()) {
    const first = new ToldRun(subject)
    const path = walk(first, choose)
    first.finish()
    const second = new ToldRun(subject)
    second.follow(path)
    if (second.marks.length === first.marks.length) second.finish()
    const violation = first.difference(second)
    if (violation !== undefined) return { violation, schedule: path.slice(0, violation.steps) }
  }
  return undefined
}

/** By chance, and with nobody interrupted, from either end: some of what chance seldom comes to. */
function choices(): readonly Choose[] {
  const random = new Random(SEED)
  const byChance: Choose = (enabled) => enabled[random.below(enabled.length)] ?? 0
  return [byChance, byChance, byChance, (enabled) => enabled[0] ?? 0, (enabled) => enabled.at(-1) ?? 0]
}

function walk(told: ToldRun, choose: Choose): readonly number[] {
  const { run } = told
  const path: number[] = []
  while (!run.halted && run.found === 0 && path.length < LONGEST) {
    const enabled: number[] = []
    for (let thread = 0; thread < run.threads; thread++) if (run.canRun(thread)) enabled.push(thread)
    if (enabled.length === 0) break
    const thread = choose(enabled)
    told.step(thread)
    path.push(thread)
  }
  return path
}
