// Spin on the revoke model, each checker as a process, start and all; the program that spin writes is compiled before.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { root } from '../../scripts/set-up.js'
import { mustBe } from '../harness.js'
import { inTurn, timedProcess } from '../rivals.js'

const OURS = join(root, 'bench/models/explore-model.js')
/** The model of spin's, and the goal of our time against its. With six importers one of its searches takes half a minute. */
const BESIDE = [
  { name: 'spin-fine-4', program: 'revoke-fine.pml', importers: 4, rounds: 7, goal: 'at most 1, aim 0.3' },
  { name: 'spin-4', program: 'revoke.pml', importers: 4, rounds: 7, goal: 'none' },
  { name: 'spin-6', program: 'revoke.pml', importers: 6, rounds: 1, goal: 'at most 1/10, aim 1/30' },
]

export function run() {
  if (spawnSync('spin', ['-V']).status !== 0 || spawnSync('cc', ['--version']).status !== 0) {
    console.error('bench: spin or cc is not installed, so nothing is compared with it')
    return []
  }
  const dir = mkdtempSync(join(tmpdir(), 'barter-spin-'))
  try {
    return BESIDE.map((one) => beside(dir, one))
  } finally {
    rmSync(dir, { recursive: true })
  }
}

function beside(dir, { name, program, importers, rounds, goal }) {
  const model = join(root, 'bench/models', program)
  mustBe(theirs(compiled(dir, model, importers, '-DBROKEN')).errors, 1, 'errors that spin finds without the wait')
  mustBe(ours(importers, 'broken').errors, 1, 'errors that we find without the wait')
  const checker = compiled(dir, model, importers)
  const states = {}
  const whole = (who, search) => () => {
    const { errors, complete, states: found, nanoseconds } = search()
    mustBe(errors, 0, `errors, by ${who}`)
    mustBe(complete, true, `the end was reached, by ${who}`)
    states[who] = found
    return nanoseconds
  }
  const result = inTurn({
    name,
    unit: 'process',
    rounds,
    goal,
    a: whole('us', () => ours(importers)),
    b: whole('spin', () => theirs(checker)),
  })
  return { ...result, also: `${states.us} states, spin ${states.spin}` }
}

function ours(importers, ...words) {
  const { text, nanoseconds } = timedProcess(process.execPath, [OURS, importers, ...words])
  return { ...JSON.parse(text.split('\n', 1)[0]), nanoseconds }
}

/** The checker that spin writes for the model. */
function compiled(dir, model, importers, ...flags) {
  const checker = join(dir, 'pan')
  mustBe(spawnSync('spin', [`-DK=${importers}`, ...flags, '-a', model], { cwd: dir }).status, 0, 'exit code of spin')
  const cc = ['-O2', '-w', '-DSAFETY', '-o', checker, 'pan.c']
  mustBe(spawnSync('cc', cc, { cwd: dir }).status, 0, 'exit code of cc')
  return checker
}

/** Spin says on a line of its own when the search did not come to its end. */
function theirs(checker) {
  // Where it finds an error it leaves a file.
  const { text, nanoseconds } = timedProcess(checker, ['-m100000'], dirname(checker))
  const errors = /errors: (\d+)/.exec(text)?.[1]
  const states = /(\d+) states, stored/.exec(text)?.[1]
  if (errors === undefined) throw new Error(`spin does not say what it found: ${text}`)
  return {
    errors: Number(errors),
    states: Number(states),
    complete: !/search not completed|max search depth too small|out of memory/i.test(text),
    nanoseconds,
  }
}
