/** Steps on other actors: `start`, `look`, `kill`; and `idle`, which waits to be killed. */
import { type Op, type StepValue, waitFor } from '@barter/core'
import { describeWait } from '../kernel/wait-for.ts'
import { ok, type Performed, type StepCall } from './step-call.ts'

export function* start(call: StepCall): Op<Performed> {
  call.services.actors.begin(actorOf(call))
  return ok()
}

/** What the actor's thread waits for is told as a debugger would see it, not as a promise. */
export function* look(call: StepCall): Op<Performed> {
  const thread = call.services.actors.thread(actorOf(call))
  if (thread.ended.signalled) return ok({ done: true })
  const { on, why, holder } = describeWait(thread)
  const value: StepValue = { done: false, on, why, ...(holder === undefined ? {} : { holder }) }
  return ok(value)
}

/**
 * End the process of an actor. A thread that waits uninterruptibly goes first when its wait is over, as with a real
 * SIGKILL; so does one that sleeps, which a real one would not.
 */
export function* kill(call: StepCall): Op<Performed> {
  for (const ended of call.services.actors.kill(actorOf(call))) yield* waitFor(ended, 'not gone yet')
  return ok()
}

export function* idle(call: StepCall): Op<Performed> {
  yield* waitFor(call.process.killed, 'idles until killed')
  return ok()
}

function actorOf({ planned: { target, text } }: StepCall): string {
  if (target.kind !== 'actor') throw new Error(`${text} acts on no actor`)
  return target.actor
}
