/**
 * Makes a counterexample as short as possible: fewest context switches, then fewest steps. Each attempt is a list of choices;
 * a choice that cannot be made is skipped, and after the list threads run one after the other. Where no small change helps,
 * random schedules may find a story that is shorter from the start.
 */
import { type Explorable, Random, UNMET, type Violation } from '@barter/core'
import { byPriority, type Chooser } from './random-walk.ts'
import type { Found } from './tally.ts'
import { Walker } from './walker.ts'

/** Limits for shrinking: runs, and steps of a run. */
const MOST_RUNS = 600
const MOST_STEPS = 20_000
/** Limits for random schedules: how many are run, how many of them are shrunk, and the runs to shrink one. */
const FRESH_RUNS = 400
const FRESH_CLIMBS = 4
const RUNS_OF_FRESH = 200
const SEED_OF_FRESH = 3

/** Another finding is told beside when it has that share of the steps at most. */
const MUCH_SHORTER = 0.95

export interface Shrunk extends Found {
  readonly switches: number
  /** A much shorter schedule that breaks another invariant, if one was met on the way. */
  readonly beside?: Found
}

/** **Shape** gives `undefined` when a run of the same choices does not show the violation. */
export function shrink(subject: Explorable, found: Found): Shrunk | undefined {
  return new Shrinker(subject, found.violation).shrink(found.schedule)
}

export function switchesOf(schedule: readonly number[]): number {
  let switches = 0
  for (let i = 1; i < schedule.length; i++) if (schedule[i] !== schedule[i - 1]) switches++
  return switches
}

class Shrinker {
  readonly #walker: Walker
  readonly #wanted: Violation
  #runs = 0
  /** The shortest that breaks another invariant. */
  #beside: Found | undefined

  constructor(subject: Explorable, wanted: Violation) {
    this.#walker = new Walker(subject)
    this.#wanted = wanted
  }

  shrink(schedule: readonly number[]): Shrunk | undefined {
    const found = this.#attempt(schedule)
    if (found === undefined) return undefined
    let best = this.#climb(found, MOST_RUNS)
    for (let number = 0, climbs = 0; number < FRESH_RUNS && climbs < FRESH_CLIMBS; number++) {
      const other = this.#walk(chooserOf(number, best.schedule.length), best.schedule.length)
      if (other === undefined) continue
      climbs++
      const shorter = this.#climb(other, RUNS_OF_FRESH)
      if (isBetter(shorter, best)) best = shorter
    }
    const beside = this.#beside
    const isTold = beside !== undefined && beside.schedule.length < MUCH_SHORTER * best.schedule.length
    return isTold ? { ...best, beside } : best
  }

  /** As short as possible by small changes within so many runs. */
  #climb(from: Shrunk, runs: number): Shrunk {
    const end = this.#runs + runs
    let best = from
    for (let better: Shrunk | undefined = best; better !== undefined;) {
      better = this.#improve(best, end)
      if (better !== undefined) best = better
    }
    return best
  }

  #improve(best: Shrunk, end: number): Shrunk | undefined {
    for (const candidate of candidatesOf(best.schedule)) {
      if (this.#runs >= end) return undefined
      const shorter = this.#attempt(candidate)
      if (shorter !== undefined && isBetter(shorter, best)) return shorter
    }
    return undefined
  }

  /** A random run, left once it is not shorter. */
  #walk(choose: Chooser, length: number): Shrunk | undefined {
    const walker = this.#walker
    const run = walker.restart()
    while (run.found === 0 && !run.halted) {
      const enabled = walker.enabled()
      if (enabled.length === 0) break
      if (walker.depth >= length) return undefined
      walker.step(choose(enabled, walker.depth))
    }
    return this.#shown()
  }

  #attempt(choices: readonly number[]): Shrunk | undefined {
    const walker = this.#walker
    this.#runs++
    const run = walker.restart()
    for (const thread of choices) {
      if (run.found > 0 || run.halted) break
      if (thread < run.threads && run.canRun(thread)) walker.step(thread)
    }
    while (run.found === 0 && !run.halted && walker.depth < MOST_STEPS) {
      const enabled = walker.enabled()
      const last = walker.path.at(-1)
      const next = last !== undefined && enabled.includes(last) ? last : enabled[0]
      if (next === undefined) break
      walker.step(next)
    }
    return this.#shown()
  }

  /** The run is over: does it show the violation? */
  #shown(): Shrunk | undefined {
    const { run, path } = this.#walker
    if (run.found === 0) run.finish()
    const violation = run.violations().find((one) => isAlike(one, this.#wanted))
    const schedule = [...path]
    if (violation !== undefined) return { violation, schedule, switches: switchesOf(schedule) }
    const [other] = run.violations()
    if (other !== undefined && isInvariant(other) && schedule.length < (this.#beside?.schedule.length ?? Infinity)) {
      this.#beside = { violation: other, schedule }
    }
    return undefined
  }
}

/** Uniform choices find what takes many switches; priorities that change once or twice find what takes few. */
function chooserOf(number: number, length: number): Chooser {
  const random = new Random(SEED_OF_FRESH, number)
  return number % 2 === 0
    ? (enabled) => enabled[random.below(enabled.length)] ?? 0
    : byPriority(random, PRIORITIES_CHANGE + 1, length)
}

const PRIORITIES_CHANGE = 2

/** Not what the scenario alone expects, nor what tells of the plugins alone. */
const isInvariant = ({ invariant }: Violation): boolean => invariant.startsWith('INV-')

/** Same invariant; for a step that does not end as expected, same step. */
const isAlike = (one: Violation, wanted: Violation): boolean =>
  one.invariant === wanted.invariant && (one.invariant !== UNMET || one.message === wanted.message)

const isBetter = (a: Shrunk, b: Shrunk): boolean =>
  a.switches < b.switches || (a.switches === b.switches && a.schedule.length < b.schedule.length)

interface Block {
  readonly thread: number
  readonly count: number
}

/** Similar lists of choices: without the end; with a block joined to the next of its thread, left out, or shortened. */
function candidatesOf(schedule: readonly number[]): readonly (readonly number[])[] {
  const blocks = blocksOf(schedule)
  const lists: (readonly Block[])[] = []
  for (let keep = 0; keep < blocks.length - 1; keep = keep * 2 + 1) lists.push(blocks.slice(0, keep))
  for (const [i, block] of blocks.entries()) {
    const next = blocks.findIndex((other, j) => j > i && other.thread === block.thread)
    if (next < 0) continue
    const joined = { thread: block.thread, count: block.count + (blocks[next]?.count ?? 0) }
    const without = blocks.filter((_, j) => j !== i && j !== next)
    lists.push([...without.slice(0, i), joined, ...without.slice(i)])
    lists.push([...without.slice(0, next - 1), joined, ...without.slice(next - 1)])
  }
  for (const i of blocks.keys()) lists.push(blocks.filter((_, j) => j !== i))
  for (const [i, { thread, count }] of blocks.entries()) {
    for (let less = count - 1; less > 0; less = Math.floor(less / 2)) {
      lists.push(blocks.map((block, j) => (j === i ? { thread, count: less } : block)))
    }
  }
  return lists.map(flat)
}

function blocksOf(schedule: readonly number[]): readonly Block[] {
  const blocks: { thread: number; count: number }[] = []
  for (const thread of schedule) {
    const last = blocks.at(-1)
    if (last?.thread === thread) last.count++
    else blocks.push({ thread, count: 1 })
  }
  return blocks
}

const flat = (blocks: readonly Block[]): readonly number[] =>
  blocks.flatMap(({ thread, count }) => new Array<number>(count).fill(thread))
