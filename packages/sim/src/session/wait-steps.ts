/** Steps that wait: `wait`, `sleep`. */
import { type Op, sleep, waitFor } from '@barter/core'
import type { Bound } from './conditions.ts'
import type { BufferFile, ImportFile } from './open-file.ts'
import { ok, type Performed, type StepCall } from './step-call.ts'

export function* wait(call: StepCall): Op<Performed> {
  const { target, args, step } = call.planned
  const until = typeof args.until === 'string' ? args.until : ''
  const what = `${step.target} ${until}`
  const { conditions } = call.services
  if (target.kind === 'actor') {
    const { ended } = call.services.threadOf(target.actor)
    yield* waitFor(ended, 'not done yet')
  } else if (target.kind === 'device') {
    const { at } = target.device
    yield* conditions.until(what, () => conditions.isDark(at) === (until === 'dark'))
  } else {
    yield* conditions.until(what, bufferCondition(call, until))
  }
  return ok()
}

export function* pass({ planned: { args } }: StepCall): Op<Performed> {
  yield* sleep(args.ticks as number)
  return ok()
}

function bufferCondition(call: StepCall, until: string): () => boolean {
  const { conditions } = call.services
  const which = boundOf(call)
  switch (until) {
    case 'mapped':
      return () => conditions.isMapped(which)
    case 'unmapped':
      return () => !conditions.isMapped(which)
    case 'invalidated':
      return () => conditions.wasInvalidated(which)
    default:
      return () => conditions.state(which.buffer) === until
  }
}

function boundOf({ file }: StepCall): Bound {
  if (file.kind === 'buffer') return { buffer: (file as BufferFile).buffer.name }
  const { buffer, device } = file as ImportFile
  return { buffer: buffer.name, device: device.name }
}
