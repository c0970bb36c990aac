// Runs two ways of doing the same work in turn (A, B, A, B, …) in one process, and compares their medians.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** A case says what it compares; `a` is ours, `b` the yardstick; each call does `count` units of work. */
export function compare({ a, b, rounds = 9, warmUp = 3, ...what }) {
  for (let i = 0; i < warmUp; i++) {
    a()
    b()
  }
  const times = { a: [], b: [] }
  for (let i = 0; i < rounds; i++) {
    times.a.push(timed(a))
    times.b.push(timed(b))
  }
  return compared(times, { ...what, rounds })
}

/** As `compare`, of work that gives promises. */
export async function compareThreads({ a, b, rounds, warmUp, ...what }) {
  for (let i = 0; i < warmUp; i++) {
    await a()
    await b()
  }
  const times = { a: [], b: [] }
  for (let i = 0; i < rounds; i++) {
    times.a.push(await timedUntilDone(a))
    times.b.push(await timedUntilDone(b))
  }
  return compared(times, { ...what, rounds })
}

/** **Shape** `times`: of `count` units each. */
export function compared(times, { name, unit, count, rounds, goal }) {
  const ours = median(times.a)
  const theirs = median(times.b)
  return {
    name,
    ratio: ours / theirs,
    ours: perUnit(ours, count),
    yardstick: perUnit(theirs, count),
    unit,
    count,
    rounds,
    goal,
    spread: { ours: spread(times.a), yardstick: spread(times.b) },
  }
}

export function median(values) {
  const sorted = [...values].sort((x, y) => x - y)
  const half = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
}

/** Nanoseconds. */
function timed(work) {
  const start = process.hrtime.bigint()
  work()
  return Number(process.hrtime.bigint() - start)
}

async function timedUntilDone(work) {
  const start = process.hrtime.bigint()
  await work()
  return Number(process.hrtime.bigint() - start)
}

const perUnit = (nanoseconds, count) => nanoseconds / count
const spread = (values) => (Math.max(...values) - Math.min(...values)) / median(values)

/** A case whose results are wrong is no benchmark. */
export function mustBe(actual, wanted, what) {
  if (actual !== wanted) throw new Error(`${what}: got ${actual}, must be ${wanted}`)
}

/** Collect what was made lately; twice, since the first only moves some of it. */
export function collectYoung() {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  collect({ type: 'minor' })
  collect({ type: 'minor' })
}

/** Bytes of heap and buffers that are in use after a collection. */
export function heapInUse() {
  const { heap, buffers } = inUse()
  return heap + buffers
}

/** The same, apart. */
export function inUse() {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  // Twice: the first may only have moved what the second frees.
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return { heap: heapUsed, buffers: arrayBuffers }
}

/** Bytes that what `make` gives takes as long as it is kept. */
export function retained(make) {
  const before = heapInUse()
  const kept = make()
  const after = heapInUse()
  // Still in use here, so that it was not collected.
  if (kept === undefined) throw new Error('nothing was made')
  return after - before
}
