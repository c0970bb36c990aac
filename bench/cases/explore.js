// Exploring: the engine against a random walk that keeps no books, over the revoke model and over the real plugins;
// bytes a state; what the trace costs; whether memory stays flat; and spin on the same model, where it is installed.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NO_LOG } from '@barter/core'
import { randomWalk } from '@barter/explore'
import { root } from '../../scripts/set-up.js'
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
    ...spin(),
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

/** Spin's model, and the goal of our time against its time. */
const BESIDE_SPIN = [
  { name: 'spin-fine-4', program: 'revoke-fine.pml', importers: 4, rounds: 7, goal: 'at most 1, aim 0.3' },
  { name: 'spin-4', program: 'revoke.pml', importers: 4, rounds: 7, goal: 'none' },
  { name: 'spin-6', program: 'revoke.pml', importers: 6, rounds: 3, goal: 'at most 1/10, aim 1/30' },
]

/** Both as processes, start and all; spin with the program that it wrote already compiled. */
function spin() {
  if (spawnSync('spin', ['-V']).status !== 0 || spawnSync('cc', ['--version']).status !== 0) {
    console.error('bench: spin or cc is not installed, so nothing is compared with it')
    return []
  }
  const dir = mkdtempSync(join(tmpdir(), 'barter-spin-'))
  try {
    return BESIDE_SPIN.map((one) => besideSpin(dir, one))
  } finally {
    rmSync(dir, { recursive: true })
  }
}

function besideSpin(dir, { name, program, importers, rounds, goal }) {
  const compiled = (as, ...flags) => {
    const words = [`-DK=${importers}`, ...flags, '-a', join(root, 'bench/models', program)]
    mustBe(spawnSync('spin', words, { cwd: dir }).status, 0, 'exit code of spin')
    const cc = ['-O2', '-w', '-DSAFETY', '-o', as, 'pan.c']
    mustBe(spawnSync('cc', cc, { cwd: dir }).status, 0, 'exit code of cc')
    return () => foundBySpin(spawnSync(`./${as}`, ['-m100000'], { cwd: dir, encoding: 'utf8' }).stdout)
  }
  const ours = (...words) => {
    const script = join(root, 'bench/models/explore-model.js')
    return JSON.parse(spawnSync(process.execPath, [script, String(importers), ...words], { encoding: 'utf8' }).stdout)
  }
  mustBe(compiled(`${name}-broken`, '-DBROKEN')().errors, 1, 'errors that spin finds without the wait')
  mustBe(ours('broken').errors, 1, 'errors that we find without the wait')
  const theirs = compiled(name)
  const states = { ours: 0, theirs: 0 }
  const result = compare({
    name,
    unit: 'process',
    count: 1,
    rounds,
    warmUp: 0,
    goal,
    a: () => {
      const found = ours()
      mustBe(found.errors, 0, 'errors that we find')
      mustBe(found.complete, true, 'complete')
      states.ours = found.states
    },
    b: () => {
      const found = theirs()
      mustBe(found.errors, 0, 'errors that spin finds')
      mustBe(found.complete, true, 'spin came to the end')
      states.theirs = found.states
    },
  })
  return { ...result, also: `${states.ours} states, spin ${states.theirs}` }
}

/** Spin says on a line of its own when the search did not come to its end. */
function foundBySpin(text) {
  const errors = /errors: (\d+)/.exec(text)?.[1]
  const states = /(\d+) states, stored/.exec(text)?.[1]
  if (errors === undefined) throw new Error(`spin does not say what it found: ${text}`)
  return {
    errors: Number(errors),
    states: Number(states),
    complete: !/search not completed|max search depth too small|out of memory/i.test(text),
  }
}
