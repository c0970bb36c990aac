/** Many orders of the same few steps: none may break a promise. */
import { type Chapter, check } from './check.ts'
import type { Stage, Steps } from './stage.ts'

const SCHEDULES = 30

export interface Interleaved {
  readonly rule: string
  readonly says: string
  readonly story: Steps
}

export function interleavingsOf(stage: Stage, schedules: number = SCHEDULES, stories: readonly Interleaved[]): Chapter {
  const checks = stories.map(({ rule, says, story }) =>
    check(rule, says, () => {
      const demand = { rule, expected: `none of ${schedules} schedules breaks a promise` }
      const play = stage.schedules(story)
      for (let seed = 1; seed <= schedules; seed++) play(seed).demandClean(demand)
    }),
  )
  return { name: 'interleavings', checks }
}
