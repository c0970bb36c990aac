// Loom on the revoke model: time a schedule, time to a complete answer, to one with a bound, and to an error.
import { depthFirst, dpor } from '@barter/explore'
import { mustBe } from '../harness.js'
import { revokeModel } from '../models/revoke-model.js'
import { builtByCargo, inTurn, roundsOf, timedHere } from '../rivals.js'

/** Loom has five threads at most, and two are no importers. */
const MOST = 3
/** Complete executions in lock order, and outcomes. */
const COUNTS = [
  { importers: 1, executions: 24, outcomes: 10 },
  { importers: 2, executions: 662, outcomes: 50 },
  { importers: 3, executions: 31_908, outcomes: 250 },
]
const ROUNDS = 7
/** Loom does not come to an end with three importers; so many of its runs tell how long one takes. */
const SOME_RUNS = 20_000
const LONG = 60

export function run() {
  const program = builtByCargo('loom')
  if (program === undefined) return []
  const loom = (words, env) => roundsOf(program, words, env)[0]
  sameOutcomes(loom)
  return [
    ...schedules(loom),
    complete(loom, 'loom-1', COUNTS[0], ROUNDS),
    complete(loom, 'loom-2', COUNTS[1], 3),
    unfinished(loom),
    bounded(loom),
    ...['no-wait', 'late-map'].map((fault) => found(loom, fault)),
  ]
}

/** Both see the same ends of the smallest model, and no others. */
function sameOutcomes(loom) {
  const theirs = loom([1, 'none', 'all', 1, 'outcomes'])
  const ours = dpor(revokeModel({ importers: 1, order: 'lock', symmetric: false }), { outcomes: true })
  mustBe(theirs.outcomes.join(), [...ours.outcomes.keys()].sort().join(), 'outcomes of loom')
}

/** Schedules from their beginning to their end, and runs of a search that knows where it has been. */
function schedules(loom) {
  const { executions } = COUNTS[MOST - 1]
  const full = () => {
    const search = dpor(revokeModel({ importers: MOST, order: 'lock', symmetric: false }))
    mustBe(search.schedules, executions, 'complete executions')
    return search.schedules
  }
  const cut = () => {
    const search = statesOf({ importers: MOST })
    return search.schedules + search.cuts
  }
  const theirs = () => {
    const { runs, failed, nanoseconds } = loom([MOST, 'none', 'all', 1], { LOOM_MAX_PERMUTATIONS: String(SOME_RUNS) })
    mustBe(failed, false, 'loom found something')
    return nanoseconds / runs
  }
  const ours = (search) => () => {
    const { result, nanoseconds } = timedHere(search)
    return nanoseconds / result
  }
  const what = { unit: 'schedule', rounds: ROUNDS, warmUp: 2 }
  return [
    inTurn({ ...what, name: 'loom-full', goal: 'at most 1/8, aim 1/20', a: ours(full), b: theirs }),
    inTurn({ ...what, name: 'loom-cut', goal: 'none', a: ours(cut), b: theirs }),
  ]
}

/** From nothing to the last schedule, or state. */
function complete(loom, name, { importers, executions, outcomes }, rounds) {
  let runs = 0
  const theirs = () => {
    const found = loom([importers, 'none', 'all', 1])
    mustBe(found.failed, false, 'loom found something')
    runs = found.runs
    return found.nanoseconds
  }
  const ours = () => {
    const { result, nanoseconds } = timedHere(() =>
      dpor(revokeModel({ importers, order: 'lock', symmetric: false }), { outcomes: true }),
    )
    mustBe(result.schedules, executions, 'complete executions')
    mustBe(result.outcomes.size, outcomes, 'outcomes')
    return nanoseconds
  }
  const result = inTurn({
    name,
    unit: 'answer',
    rounds,
    warmUp: rounds < ROUNDS ? 0 : 2,
    goal: 'none',
    a: ours,
    b: theirs,
  })
  return { ...result, also: `${executions} schedules, loom ${runs}` }
}

/** The same where loom does not end in reasonable time: how far it came, against our whole search. */
function unfinished(loom) {
  const { runs, failed, nanoseconds } = loom([MOST, 'none', 'all', 1], { LOOM_MAX_DURATION: String(LONG) })
  mustBe(failed, false, 'loom found something')
  const { executions } = COUNTS[MOST - 1]
  const ours = () => timedHere(() => statesOf({ importers: MOST })).nanoseconds
  const result = inTurn({
    name: 'loom-3',
    unit: 'answer',
    rounds: ROUNDS,
    warmUp: 2,
    goal: 'none',
    a: ours,
    b: () => nanoseconds,
  })
  return { ...result, also: `by states; loom was stopped after ${runs} runs, of at least ${executions}` }
}

function bounded(loom) {
  let runs = 0
  const result = inTurn({
    name: 'loom-bound-2',
    unit: 'answer',
    rounds: ROUNDS,
    warmUp: 2,
    goal: 'none',
    a: () => timedHere(() => statesOf({ importers: MOST }, { preemptions: 2 })).nanoseconds,
    b: () => {
      const found = loom([MOST, 'none', '2', 1])
      mustBe(found.failed, false, 'loom found something')
      runs = found.runs
      return found.nanoseconds
    },
  })
  return { ...result, also: `loom ${runs} runs` }
}

/** Time to the first error: ours by the complete search, loom with the least bound that shows it. */
function found(loom, fault) {
  const model = { importers: MOST, broken: fault === 'no-wait', lateMap: fault === 'late-map' }
  mustBe(loom([MOST, fault, '2', 1]).failed, false, 'loom finds it with two preemptions')
  return inTurn({
    name: `loom-${fault}`,
    unit: 'error',
    rounds: ROUNDS,
    warmUp: 2,
    goal: 'none',
    a: () => {
      const { result, nanoseconds } = timedHere(() => depthFirst(revokeModel(model), { match: true }))
      mustBe(result.found.length, 1, 'errors')
      return nanoseconds
    },
    b: () => {
      const { failed, nanoseconds } = loom([MOST, fault, '3', 1])
      mustBe(failed, true, 'loom finds it with three preemptions')
      return nanoseconds
    },
  })
}

function statesOf(model, options = {}) {
  const search = depthFirst(revokeModel(model), { match: true, joins: false, singles: false, ...options })
  mustBe(search.found.length, 0, 'errors')
  mustBe(search.complete, true, 'complete')
  return search
}
