/**
 * A few schedules, each run twice, before a search relies on runs being alike: samples and bounded searches may replay too
 * little to notice that they are not. It proves nothing, nor does `twice`, but it is nearly free. The very first run is compared
 * with a second one from its start: what a plugin keeps in its module may differ there, and never again. It also shows whether
 * schedules come to an end: if not, an exhaustive search does not either.
 */
import { type Explorable, Random } from '@barter/core'
import { enabledOf } from './enabled-of.ts'
import type { Nondeterminism } from './nondeterminism.ts'
import { DEFAULT_DEPTH, type Found, whoGoesOn } from './tally.ts'
import { ToldRun } from './told-run.ts'

const SEED = 11

/** Chooses which thread goes next. */
type Choose = (enabled: readonly number[]) => number

export interface Probed {
  /** Two runs of a schedule part. */
  readonly parted?: Found & { readonly violation: Nondeterminism }
  /** See `Tally`. */
  readonly endless?: string
}

export function probe(subject: Explorable): Probed {
  for (const choose of choices()) {
    const first = new ToldRun(subject)
    const path = walk(first, choose)
    first.finish()
    const second = new ToldRun(subject)
    second.follow(path)
    if (second.marks.length === first.marks.length) second.finish()
    const violation = first.difference(second)
    if (violation !== undefined) return { parted: { violation, schedule: path.slice(0, violation.steps) } }
    if (path.length >= DEFAULT_DEPTH) return { endless: whoGoesOn({ run: second.run, path }) }
  }
  return {}
}

/** Random schedules, and two without interruptions, which chance seldom finds. */
function choices(): readonly Choose[] {
  const random = new Random(SEED)
  const byChance: Choose = (enabled) => enabled[random.below(enabled.length)] ?? 0
  return [byChance, byChance, byChance, (enabled) => enabled[0] ?? 0, (enabled) => enabled.at(-1) ?? 0]
}

function walk(told: ToldRun, choose: Choose): number[] {
  const { run } = told
  const path: number[] = []
  while (!run.halted && run.found === 0 && path.length < DEFAULT_DEPTH) {
    const enabled = enabledOf(run)
    if (enabled.length === 0) break
    const thread = choose(enabled)
    told.step(thread)
    path.push(thread)
  }
  return path
}
