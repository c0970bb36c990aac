/** One schedule, one run: a plugin has no choice, clock or random number of its own. */
import { type Chapter, check } from './check.ts'
import type { Stage, Steps } from './stage.ts'

const SEEDS = 4

/** **Shape** `story`: everybody at once. */
export function determinismOf(stage: Stage, story: Steps): Chapter {
  return {
    name: 'determinism',
    checks: [
      check('decision 5', 'the same seed gives the same events', () => {
        const demand = {
          rule: 'decision 5',
          expected:
            'two runs of one schedule are alike: time, choice and random numbers come from the scope, and what a run keeps goes with it',
        }
        for (let seed = 1; seed <= SEEDS; seed++) {
          const [first, second] = [stage.play(story, { seed }), stage.play(story, { seed })]
          first.demandSame(second, demand)
        }
      }),
      check('decision 5', 'a second run on the same system is like the first', () => {
        const demand = { rule: 'decision 5', expected: 'what a run keeps is made by the tap, once per run' }
        const play = stage.schedules(story)
        play(1).demandSame(play(1), demand)
      }),
    ],
  }
}
