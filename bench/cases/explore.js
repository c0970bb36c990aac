// Exploring: the engine against a random walk that keeps no books, over the revoke model and over the real plugins;
// bytes a state; what the trace costs; whether memory stays flat.
import { NO_LOG } from '@barter/core'
import { randomWalk } from '@barter/explore'
import { scheduleOfChance } from '../bare-walk.js'
import { complete, searched } from '../complete.js'
import { collectYoung, compare, heapInUse, median, mustBe } from '../harness.js'
import { manyImporters } from '../models/many-importers.js'
import { revokeModel } from '../models/revoke-model.js'
import { subjectOf } from '../subject.js'

/** States up to renaming the importers: exact, whatever the machine. */
const MODELS = [
  { importers: 4, states: 16_274, rounds: 7, warmUp: 2 },
  { importers: 6, states: 144_647, rounds: 3, warmUp: 0 },
  { importers: 8, states: 914_549, rounds: 1, warmUp: 0 },
]
/** The same on the real plugins: NICs that write while the device is closed. */
const MANY = [{ importers: 4, rounds: 3 }]
const STORY = 'examples/scenarios/close-while-writing.yaml'

export async function run() {
  const story = await subjectOf({ story: STORY })
  return [
    ...MODELS.flatMap(model),
    // Where steps are remembered there are few, and they are other ones.
    complete('plugins', () => story, { rounds: 3, warmUp: 0, options: { remember: false } }).result,
    ...MANY.map(remembered),
    traced(story),
    outlives(story),
    flat('flat', revokeModel({ importers: 4 }), { few: 5_000, many: 1_000_000 }),
    flat('flat-plugins', story, { few: 4_000, many: 12_000 }),
  ]
}

/** The whole search with steps from memory, against one that runs each step. */
function remembered({ importers, rounds }) {
  const found = []
  const search = (options) => () => found.push(searched(manyImporters(importers), options))
  const result = compare({
    name: `plugins-${importers}`,
    unit: 'search',
    count: 1,
    rounds,
    warmUp: 0,
    goal: 'at most 1/2',
    a: search({}),
    b: search({ remember: false }),
  })
  return { ...result, also: `${found[0].states.count} states` }
}

function model({ importers, ...counts }) {
  // Every state of the model; what is joined and left aside in a search of plugins is off.
  const options = { joins: false, singles: false }
  const { states, result } = complete(`model-${importers}`, () => revokeModel({ importers }), { ...counts, options })
  const bytes = states.memory / states.count
  const table = {
    name: `table-${importers}`,
    ratio: bytes / 16,
    ours: bytes,
    yardstick: 16,
    measure: 'B',
    unit: 'state',
    count: states.count,
    rounds: 1,
    spread: { ours: 0, yardstick: 0 },
    goal: 'at most 24 B',
  }
  return [result, table]
}

/** The same schedules with every event kept and a report at the end, and with none. */
function traced(subject) {
  const schedules = Array.from({ length: 100 }, (_, seed) => scheduleOfChance(subject, seed + 1))
  const on = (schedule) => subject.replay(schedule)
  const off = (schedule) => {
    const run = subject.begin(NO_LOG)
    for (const thread of schedule) run.step(thread)
    run.finish()
    return run.found
  }
  for (const schedule of schedules) {
    const { steps, events, violations } = on(schedule)
    mustBe(steps, schedule.length, 'steps with events kept')
    mustBe(events.length > steps / 2, true, 'events are kept')
    mustBe(off(schedule), violations.length, 'violations')
  }
  // A few at a time, so that what the machine does beside it meets both alike.
  const some = schedules.slice(0, 10)
  return compare({
    name: 'trace',
    unit: 'step',
    count: some.reduce((sum, schedule) => sum + schedule.length, 0),
    rounds: 301,
    warmUp: 150,
    goal: 'at most 1.10',
    a: () => some.forEach(on),
    b: () => some.forEach(off),
  })
}

/** What a collection of the young heap leaves of runs that are over, against what they made. */
function outlives(subject) {
  const schedules = Array.from({ length: 50 }, (_, seed) => scheduleOfChance(subject, seed + 1))
  const rounds = Array.from({ length: 25 }, () => {
    const before = process.memoryUsage().heapUsed
    for (const schedule of schedules) subject.replay(schedule)
    const made = process.memoryUsage().heapUsed - before
    collectYoung()
    return { made, left: Math.max(0, process.memoryUsage().heapUsed - before) }
  })
  const made = median(rounds.map((round) => round.made)) / schedules.length
  const left = median(rounds.map((round) => round.left)) / schedules.length
  return {
    name: 'outlives',
    ratio: left / made,
    ours: left,
    yardstick: made,
    measure: 'B',
    unit: 'schedule',
    count: schedules.length,
    rounds: rounds.length,
    spread: { ours: 0, yardstick: 0 },
    goal: 'at most 1/20',
  }
}

/** The heap after many schedules of one search against the heap after a few of them. */
function flat(name, subject, { few, many }) {
  const walks = randomWalk(subject, {
    seed: 1,
    samples: many,
    pause: () => walks.tally.schedules >= few && walks.tally.schedules < few + 64,
  })
  walks.run()
  mustBe(walks.tally.paused, true, 'paused')
  const before = heapInUse()
  const start = process.hrtime.bigint()
  walks.run()
  const seconds = Number(process.hrtime.bigint() - start) / 1e9
  const after = heapInUse()
  mustBe(walks.tally.schedules, many, 'schedules')
  mustBe(walks.tally.found.length, 0, 'violations')
  return {
    name,
    ratio: after / before,
    ours: after,
    yardstick: before,
    measure: 'B',
    unit: 'heap',
    count: many - few,
    rounds: 1,
    spread: { ours: 0, yardstick: 0 },
    goal: 'at most 1.05',
    also: `${many} schedules in ${seconds.toFixed(1)} s`,
  }
}
