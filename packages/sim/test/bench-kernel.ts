/** A kernel of its own for a test: threads as functions, run to their end. */
import { createHooks, type Op, type Strategy, type TraceEvent, type Violation } from '@barter/core'
import { RunTrace } from '../src/report/run-trace.ts'
import { Scheduler, seededStrategy, SimKernel } from '../src/index.ts'

/** Always the first that can go on, the running one before all others. */
export const eager = (): Strategy => ({
  newRun: () => true,
  choose: (runnable, current) => current ?? runnable[0] ?? 0,
  draw: () => 0,
})

/** Each in turn. */
export const inTurn = (): Strategy => {
  let last = -1
  return {
    newRun: () => true,
    choose: (runnable) => (last = runnable.find((id) => id > last) ?? runnable[0] ?? 0),
    draw: () => 0,
  }
}

export function testKernel({ strategy = seededStrategy(1), limit }: { strategy?: Strategy; limit?: number } = {}) {
  const violations: Violation[] = []
  const trace = new RunTrace({ hooks: createHooks(), quiet: false })
  const scheduler = new Scheduler({
    strategy,
    trace,
    report: (violation) => violations.push(violation),
    ...(limit === undefined ? {} : { limit }),
  })
  const kernel = new SimKernel(scheduler)
  return {
    kernel,
    scheduler,
    violations,
    events: () => trace.events,
    user: (name: string, body: () => Op<void>) => scheduler.spawn(name, 'user', body),
    run: () => scheduler.run(),
  }
}

/** `vmm blocked resv(buf) nic`, without stamps. */
export const waits = (events: readonly TraceEvent[]): string[] =>
  events.flatMap((event) => {
    if (event.kind === 'blocked') return `${event.task} blocked ${event.on} ${event.holder ?? '-'}`
    return event.kind === 'unblocked' ? `${event.task} unblocked ${event.on}` : []
  })
