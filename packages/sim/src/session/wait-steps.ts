/** Steps that wait: `wait`, `sleep`. */
import {
  type Devices,
  type Fence,
  KernelError,
  type Op,
  SharedState,
  sleep,
  waitFor,
  wordOfPresence,
} from '@barter/core'
import { type Bound, type Condition, darknessOf, sortOf } from './conditions.ts'
import type { BufferFile, ImportFile } from './open-file.ts'
import type { Plan } from './plan.ts'
import { ok, type Performed, type StepCall } from './step-call.ts'

/** **Errors** ETIMEDOUT after the time that the step allows. */
export function* wait(call: StepCall): Op<Performed> {
  const { timeout } = call.planned.args
  if (typeof timeout !== 'number') return yield* waitWithoutLimit(call)
  const { kernel } = call.services
  const either = kernel.fence(`${call.planned.text} or its timeout`)
  const answer = new SharedState<Performed | undefined>(kernel, 'answer of a wait', undefined, wordOfPresence)
  kernel.spawn(call.planned.text, () => waitsOn(call, answer, either))
  kernel.spawn(`timeout of ${call.planned.text}`, () => timedOut(timeout, either))
  yield* waitFor(either, 'not so yet')
  const answered = answer.read()
  if (answered !== undefined) return answered
  throw new KernelError('ETIMEDOUT', 'DMB-22', `waited ${timeout} ticks in vain`)
}

function* waitsOn(call: StepCall, answer: SharedState<Performed | undefined>, either: Fence): Op<void> {
  answer.write(yield* waitWithoutLimit(call))
  either.signal()
}

function* timedOut(ticks: number, either: Fence): Op<void> {
  yield* sleep(ticks)
  either.signal()
}

function* waitWithoutLimit(call: StepCall): Op<Performed> {
  const { target, args, step } = call.planned
  const until = typeof args.until === 'string' ? args.until : ''
  const what = `${step.target} ${until}`
  const { conditions } = call.services
  if (target.kind === 'actor') {
    const { ended } = call.services.actors.thread(target.actor)
    yield* waitFor(ended, 'not done yet')
  } else if (target.kind === 'device') {
    const { at } = target.device
    const { name } = call.services.drivers.device(target.device)
    yield* conditions.until(what, { about: 'darkness', device: name, at, dark: until === 'dark' })
  } else {
    yield* conditions.until(what, bufferCondition(call, until))
  }
  return ok()
}

export function* pass({ planned: { args } }: StepCall): Op<Performed> {
  yield* sleep(args.ticks as number)
  return ok()
}

function bufferCondition(call: StepCall, until: string): Condition {
  const which = boundOf(call)
  const about = aboutOf(until)
  if (about === 'mappings') return { about, which, mapped: until === 'mapped' }
  return about === 'invalidations' ? { about, which } : { about, buffer: which.buffer, state: until }
}

function aboutOf(until: string): 'state' | 'mappings' | 'invalidations' {
  if (until === 'mapped' || until === 'unmapped') return 'mappings'
  return until === 'invalidated' ? 'invalidations' : 'state'
}

/** Sorts of subjects that the `wait` steps of a plan ask about; none when they wait for actors alone. */
export function askedIn({ actors }: Plan, devices: Devices): ReadonlySet<string> {
  const asked = new Set<string>()
  for (const { verb, target, args } of actors.flatMap((actor) => actor.steps)) {
    if (verb !== 'wait') continue
    const until = typeof args.until === 'string' ? args.until : ''
    if (target.kind === 'device') asked.add(darknessOf(devices.get(target.device.at).name))
    else if (target.kind === 'handle') asked.add(sortOf(aboutOf(until), target.handle.kind !== 'buffer'))
  }
  return asked
}

function boundOf({ file }: StepCall): Bound {
  if (file.kind === 'buffer') return { buffer: (file as BufferFile).buffer.name }
  const { buffer, device } = file as ImportFile
  return { buffer: buffer.name, device: device.name }
}
