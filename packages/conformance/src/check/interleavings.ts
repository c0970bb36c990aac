/** Many orders of the same few steps: none may break a promise. */
import type { ExploreOptions } from '@barter/explore'
import { BrokenPromise } from './broken-promise.ts'
import { type Chapter, check } from './check.ts'
import { Played } from './played.ts'
import type { Stage, Steps } from './stage.ts'

/** Runs in which everything is looked at, each packet too. */
const SEEDS = 6
/** Runs by chance in which the judge alone looks. */
const SAMPLES = 40

export interface Interleaved {
  readonly rule: string
  readonly says: string
  readonly story: Steps
  /** Explored it would tell little more than others and take long: only samples of it are run. */
  readonly sampled?: true
}

export interface Bound {
  /** Of the exploration of one story; 120 unless given: all within the bound, for most plugins. */
  readonly schedules?: number | undefined
  /** How often a thread that could go on has to let another go first; 2 unless given. */
  readonly preemptions?: number
}

export function interleavingsOf(stage: Stage, bound: Bound, stories: readonly Interleaved[]): Chapter {
  const checks = stories.map((one) =>
    check(one.rule, one.says, () => {
      const { schedules = 120, preemptions = 2 } = bound
      if (one.sampled !== true)
        demandNone(stage, one, { preemptions, schedules }, `with at most ${preemptions} preemptions `)
      // What takes more preemptions than that shows by chance, where several can interrupt each other.
      if (Object.keys(one.story).length > 2) demandNone(stage, one, { strategy: 'random', schedules: SAMPLES }, '')
      const play = stage.schedules(one.story)
      const demand = { rule: one.rule, expected: 'no order of these steps breaks a promise' }
      for (let seed = 1; seed <= SEEDS; seed++) play(seed).demandClean(demand)
    }),
  )
  return { name: 'interleavings', checks }
}

/** **Shape** `which`: of the orders that are looked at, with a space behind it. */
function demandNone(stage: Stage, { rule, story }: Interleaved, options: ExploreOptions, which: string): void {
  const { violations, replay, endless } = stage.explore(story, options)
  const [first] = violations
  if (endless !== undefined) throw goesOn(rule, which, endless)
  if (first === undefined) return
  const expected = `no order of these steps ${which}breaks a promise; this one has ${first.length} steps and ${first.switches} switches`
  const played = new Played(story, replay(first.schedule))
  played.demandClean({ rule, expected })
  played.demand(false, { rule, expected }, `${first.violation.invariant}: ${first.violation.message}`)
}

function goesOn(rule: string, which: string, endless: string): BrokenPromise {
  return new BrokenPromise({
    rule,
    expected: `each order of these steps ${which}comes to its end: who cannot go on sleeps until he is woken, and asks nobody in a loop`,
    happened: [endless],
    timeline: [],
  })
}
