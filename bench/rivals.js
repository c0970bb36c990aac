// Other checkers that explore the revoke model, where they can be had: how they are built and run, and what they say.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../scripts/set-up.js'
import { compared } from './harness.js'

const SOURCES = join(root, 'bench/rivals')
/** Programs are built in a copy, so that nothing appears beside the sources. */
const BUILT = join(root, 'node_modules/.cache/barter-rivals')
/** A search is given up after so long on the clock. */
const PATIENCE = 900_000

/**
 * The program in `bench/rivals/NAME`, built; `undefined`, and why, where that cannot be done. **Shape** `cargoConfig`: a file for
 * cargo that says where crates come from, where it is not their usual place.
 */
export function builtByCargo(name, cargoConfig = process.env.BARTER_CARGO_CONFIG) {
  mkdirSync(BUILT, { recursive: true })
  cpSync(SOURCES, BUILT, { recursive: true })
  const config = cargoConfig === undefined ? [] : ['--config', cargoConfig]
  const words = [...config, 'build', '--release', '--quiet', '--target-dir', join(BUILT, 'target')]
  const made = spawnSync('cargo', words, { cwd: join(BUILT, name), encoding: 'utf8' })
  if (made.status !== 0) {
    const why = made.error === undefined ? reasonOf(made.stderr) : 'cargo is not installed'
    skipped(name, why, 'BARTER_CARGO_CONFIG may name a file for cargo that says where crates come from')
    return undefined
  }
  return join(BUILT, 'target/release', `revoke-${name}`)
}

/** GenMC's program, from the variable BARTER_GENMC or the path; `undefined`, and why, where there is none. */
export function genmc() {
  const program = process.env.BARTER_GENMC ?? 'genmc'
  if (spawnSync(program, ['--version']).status === 0) return program
  skipped('genmc', `${program} cannot be run`, 'BARTER_GENMC may name it')
  return undefined
}

function skipped(name, why, how) {
  console.error(`bench: nothing is compared with ${name}: ${why} (${how})`)
}

/** The rounds of a program of `bench/rivals`. */
export function roundsOf(program, words, env = {}) {
  const { stdout, error } = spawnSync(program, words.map(String), {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: PATIENCE,
    maxBuffer: 1 << 28,
  })
  if (error !== undefined) throw new Error(`${program} ${words.join(' ')}: ${error.message}`)
  return readRounds(stdout)
}

/** A process and the time that it and its children had of a processor, in nanoseconds. */
export function timedProcess(program, words, cwd) {
  const { stdout, stderr } = spawnSync('sh', ['-c', '"$@"; times', 'sh', program, ...words.map(String)], {
    cwd,
    encoding: 'utf8',
    timeout: PATIENCE,
    maxBuffer: 1 << 28,
  })
  return { text: `${stdout}${stderr}`, nanoseconds: childTime(stdout) }
}

/** The same of work in this process, its compiler and collector included. */
export function timedHere(work) {
  const before = process.cpuUsage()
  const result = work()
  const { user, system } = process.cpuUsage(before)
  return { result, nanoseconds: (user + system) * 1000 }
}

/** Two ways of doing the same work in turn, which say themselves how many nanoseconds a unit took. */
export function inTurn({ a, b, rounds, warmUp = 0, ...what }) {
  const times = { a: [], b: [] }
  for (let i = 0; i < warmUp; i++) a()
  for (let i = 0; i < rounds; i++) {
    times.a.push(a())
    times.b.push(b())
  }
  return compared(times, { count: 1, rounds, ...what })
}

/** A line of JSON for each round. */
export function readRounds(text) {
  const rounds = text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
  if (rounds.length === 0) throw new Error(`no round was told: ${text}`)
  return rounds
}

/** The last line of `times`: minutes and seconds of the children, in user space and in the kernel. */
export function childTime(text) {
  const last = /(\d+)m([\d.]+)s (\d+)m([\d.]+)s\s*$/.exec(text)
  if (last === null) throw new Error(`the shell does not say how long it took: ${text}`)
  const [userMinutes, user, kernelMinutes, kernel] = last.slice(1).map(Number)
  return ((userMinutes + kernelMinutes) * 60 + user + kernel) * 1e9
}

export function readGenmc(text) {
  const executions = /complete executions explored: (\d+)/.exec(text)?.[1]
  if (executions === undefined) throw new Error(`genmc does not say what it explored: ${text}`)
  return {
    executions: Number(executions),
    blocked: Number(/blocked executions seen: (\d+)/.exec(text)?.[1] ?? 0),
    failed: !text.includes('No errors were detected'),
  }
}

/** The first line in which cargo says what is wrong. */
export function reasonOf(text) {
  return /^error(?:\[\w+\])?: (.+)$/m.exec(text)?.[1] ?? 'cargo does not say why not'
}
