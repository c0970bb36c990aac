// Shuttle on the revoke model: time a random schedule and a PCT one, and time until one of them shows an error.
import { pct, randomWalk } from '@barter/explore'
import { median, mustBe } from '../harness.js'
import { revokeModel } from '../models/revoke-model.js'
import { builtByCargo, inTurn, roundsOf, timedHere } from '../rivals.js'

const IMPORTERS = 3
const SAMPLES = 100_000
/** Each hunts from so many seeds. */
const SEEDS = 51
const WALKS = { random: randomWalk, pct }

export function run() {
  const program = builtByCargo('shuttle')
  if (program === undefined) return []
  const shuttle = (words) => roundsOf(program, words)
  sameOutcomes(shuttle)
  return Object.keys(WALKS).flatMap((how) => [
    schedules(shuttle, how),
    ...['no-wait', 'late-map'].map((fault) => hunt(shuttle, how, fault)),
  ])
}

/** With one importer each sees all ends there are, and no others. */
function sameOutcomes(shuttle) {
  const [{ outcomes }] = shuttle([1, 'none', 'random', 1, 'outcomes'])
  const ours = walked('random', { importers: 1, symmetric: false }, 1, { outcomes: true })
  mustBe(outcomes.join(), [...ours.outcomes.keys()].sort().join(), 'outcomes of shuttle')
}

function schedules(shuttle, how) {
  return inTurn({
    name: `shuttle-${how}`,
    unit: 'schedule',
    rounds: 7,
    warmUp: 2,
    goal: 'none',
    a: () => {
      const { result, nanoseconds } = timedHere(() => walked(how, { importers: IMPORTERS }, 1))
      mustBe(result.found.length, 0, 'errors')
      return nanoseconds / result.schedules
    },
    b: () => {
      const [{ runs, failed, nanoseconds }] = shuttle([IMPORTERS, 'none', how, 1])
      mustBe(failed, false, 'shuttle found something')
      return nanoseconds / runs
    },
  })
}

/** To the first error, from one seed after the other. */
function hunt(shuttle, how, fault) {
  const model = { importers: IMPORTERS, broken: fault === 'no-wait', lateMap: fault === 'late-map' }
  const theirs = shuttle([IMPORTERS, fault, how, SEEDS])
  for (const { failed } of theirs) mustBe(failed, true, 'shuttle finds it')
  const tries = []
  let seed = 0
  const result = inTurn({
    name: `shuttle-${how}-${fault}`,
    unit: 'error',
    rounds: SEEDS,
    warmUp: 0,
    goal: 'none',
    a: () => {
      seed++
      const { result, nanoseconds } = timedHere(() => walked(how, model, seed))
      mustBe(result.found.length, 1, 'errors')
      tries.push(result.schedules)
      return nanoseconds
    },
    b: () => theirs[seed - 1].nanoseconds,
  })
  return { ...result, also: `${median(tries)} schedules, shuttle ${median(theirs.map(({ runs }) => runs))}` }
}

function walked(how, model, seed, options = {}) {
  const walks = WALKS[how](revokeModel(model), { seed, samples: SAMPLES, ...options })
  walks.run()
  return walks.tally
}
