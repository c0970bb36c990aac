// Scheduling steps: the simulator against a bare loop that resumes the same generators in the same order.
import { createHooks, point, sleep } from '@barter/core'
import { RunTrace, Scheduler, seededStrategy, SimKernel } from '@barter/sim'
import { compare, mustBe } from '../harness.js'

const THREADS = 4
const TURNS = 20_000

export function run() {
  const wanted = simulate()
  const order = []
  simulate(order)
  mustBe(bare(order), wanted, 'sum of what the threads did')
  return compare({
    name: 'steps',
    unit: 'step',
    count: order.length,
    goal: 'at most 4',
    a: () => simulate(),
    b: () => bare(order),
  })
}

/** Four threads that take a lock, act, and let go. */
function* thread(lock, state, name) {
  for (let i = 0; i < TURNS / THREADS; i++) {
    yield* lock.lock()
    yield* point('act')
    state.sum = (state.sum * 31 + name) % 1_000_003
    lock.unlock()
    if (i % 1000 === 0) yield* sleep(10)
  }
}

function simulate(order) {
  const trace = new RunTrace({ hooks: createHooks(), quiet: true })
  const seeded = seededStrategy(1)
  const strategy =
    order === undefined
      ? seeded
      : {
          ...seeded,
          choose: (runnable, current) => {
            const chosen = seeded.choose(runnable, current)
            order.push(chosen)
            return chosen
          },
        }
  const scheduler = new Scheduler({ strategy, trace, report: fail })
  const kernel = new SimKernel(scheduler)
  const state = { sum: 0 }
  const lock = kernel.lock('lock')
  for (let name = 0; name < THREADS; name++) scheduler.spawn(`t${name}`, 'kernel', () => thread(lock, state, name))
  scheduler.run()
  return state.sum
}

/** The same threads resumed in the recorded order, with a lock that is a flag: no choice, no clock, no bookkeeping. */
function bare(order) {
  const state = { sum: 0 }
  const lock = {
    *lock() {
      yield undefined
    },
    unlock() {},
  }
  const threads = Array.from({ length: THREADS }, (_, name) => thread(lock, state, name))
  for (const chosen of order) threads[chosen].next()
  return state.sum
}

function fail(violation) {
  throw new Error(`${violation.invariant}: ${violation.message}`)
}
