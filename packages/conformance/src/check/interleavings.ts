/** Many orders of the same few steps: none may break a promise. */
import { explore } from '@barter/explore'
import { type Chapter, check } from './check.ts'
import { Played } from './played.ts'
import type { Stage, Steps } from './stage.ts'

/** Runs in which everything is looked at, each packet too. */
const SEEDS = 12

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
      if (one.sampled !== true) demandExplored(stage, bound, one)
      const play = stage.schedules(one.story)
      const demand = { rule: one.rule, expected: 'no order of these steps breaks a promise' }
      for (let seed = 1; seed <= SEEDS; seed++) play(seed).demandClean(demand)
    }),
  )
  return { name: 'interleavings', checks }
}

function demandExplored(stage: Stage, { schedules = 120, preemptions = 2 }: Bound, { rule, story }: Interleaved): void {
  const { system, scenario } = stage.subject(story)
  const { violations, replay } = explore(system, scenario, { preemptions, schedules })
  const [first] = violations
  if (first === undefined) return
  const expected = `no order of these steps with at most ${preemptions} preemptions breaks a promise; this one has ${first.length} steps and ${first.switches} switches`
  const played = new Played(story, replay(first.schedule))
  played.demandClean({ rule, expected })
  played.demand(false, { rule, expected }, `${first.violation.invariant}: ${first.violation.message}`)
}
