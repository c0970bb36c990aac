/** One schedule, one run: a plugin has no choice, clock or random number of its own. */
import { BrokenPromise } from './broken-promise.ts'
import { type Chapter, check } from './check.ts'
import { hostCalls } from './host-calls.ts'
import { Played } from './played.ts'
import type { Stage, StageOptions, Steps } from './stage.ts'
import { UnrunCalls } from './unrun-calls.ts'
import { unrunOperations } from './unrun-operations.ts'

const SEEDS = 4
/** Each of them is run twice. */
const SCHEDULES = 24

const ALIKE = {
  rule: 'decision 5',
  expected:
    'two runs of one schedule are alike: time, choice and random numbers come from the scope, and what a run keeps goes with it',
}

/** **Shape** `story`: everybody at once; `life`: one after the other, from the first to the last that a plugin does. */
export function determinismOf(stage: Stage, story: Steps, life: Steps): Chapter {
  return {
    name: 'determinism',
    checks: [
      check('decision 5', 'the same seed gives the same events', () => {
        for (let seed = 1; seed <= SEEDS; seed++) {
          const [first, second] = [stage.play(story, { seed }), stage.play(story, { seed })]
          first.demandSame(second, ALIKE)
        }
      }),
      check('decision 5', 'a second run on the same system is like the first', () => {
        const demand = { rule: 'decision 5', expected: 'what a run keeps is made by the tap, once per run' }
        const play = stage.schedules(story)
        play(1).demandSame(play(1), demand)
      }),
      check('decision 5', 'each schedule that is explored is the same when it is run again', () => {
        demandTwice(stage, story)
      }),
      check('decision 5', 'each operation that it makes is run', () => {
        demandRun(stage, [story, life])
      }),
      check('decision 5', 'it asks the host for no time, no random number and no timer', () => {
        demandNothingOfHost(stage, story)
      }),
    ],
  }
}

function demandTwice(stage: Stage, story: Steps): void {
  const { violations, replay } = stage.explore(story, { strategy: 'random', schedules: SCHEDULES, twice: true })
  const [first] = violations
  if (first?.violation.rule !== ALIKE.rule) return
  new Played(story, replay(first.schedule)).demand(false, ALIKE, first.violation.message)
}

/** Also where the run itself fails for it. Calls of core are known by their place, all others by how often they were run. */
function demandRun(stage: Stage, stories: readonly Steps[]): void {
  const play = (opened?: StageOptions['opened']): void => {
    for (const story of stories) stage.play(story, { opened })
  }
  const calls = UnrunCalls.of(play)
  const unrun = calls.length > 0 ? calls : unrunOperations(play)
  if (unrun.length === 0) return
  throw new BrokenPromise({
    rule: 'decision 5',
    expected: 'what may wait is called with yield*: without it an operation is made, and nothing happens',
    happened: unrun.map((call) => `nobody ran ${call}`),
    timeline: [],
  })
}

function demandNothingOfHost(stage: Stage, story: Steps): void {
  let played: Played | undefined
  const asked = hostCalls(() => {
    played = stage.play(story)
  })
  const expected =
    'in a run it asks the host for nothing: time is KERNEL.now(), random numbers are RANDOM, to wait is yield* sleep(...)'
  played?.demand(asked.length === 0, { rule: 'decision 5', expected }, `in one run it called ${asked.join(', ')}`)
}
