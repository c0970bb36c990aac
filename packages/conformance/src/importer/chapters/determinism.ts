/** One schedule, one run: a plugin has no choice, clock or random number of its own. */
import { type Chapter, check } from '../../check/check.ts'
import type { ImporterStage } from '../importer-stage.ts'
import { raceStory } from '../race-story.ts'

const SEEDS = 4

export function determinism(stage: ImporterStage): Chapter {
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
          const [first, second] = [stage.play(raceStory(stage), { seed }), stage.play(raceStory(stage), { seed })]
          first.demandSame(second, demand)
        }
      }),
      check('decision 5', 'a second run on the same system is like the first', () => {
        const demand = { rule: 'decision 5', expected: 'what a run keeps is made by the tap, once per run' }
        const play = stage.schedules(raceStory(stage))
        play(1).demandSame(play(1), demand)
      }),
    ],
  }
}
