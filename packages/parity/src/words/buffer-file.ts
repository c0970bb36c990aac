/** What the file of a dma-buf answers (DMB-29 to DMB-34). */
import type { StepValue } from '@barter/core'
import { fieldsOf, hexText, number, text } from '../json-value.ts'
import type { RecordedStep } from '../recording.ts'
import type { Stage } from '../stage.ts'
import { oneStep, type PlainStep, type Word } from '../word.ts'

export const bufSeek: Word = oneStep(
  (step, stage) => ({
    ...onBuffer('seek', step, stage),
    args: { whence: text(step.args.whence), offset: text(step.args.offset) },
  }),
  (done) => ({ position: hexText(fieldsOf(done).position) }),
)

export const bufMmap: Word = oneStep((step, stage) => ({
  ...onBuffer('mmapBuffer', step, stage),
  args: { length: text(step.args.length) },
}))

export const bufRead: Word = oneStep((step, stage) => onBuffer('readFile', step, stage))
export const bufWrite: Word = oneStep((step, stage) => onBuffer('writeFile', step, stage))

export const bufPoll: Word = oneStep(
  (step, stage) => onBuffer('poll', step, stage),
  (done) => ({ ready: fieldsOf(done).ready ?? null }),
)

export const bufInfo: Word = oneStep(
  (step, stage) => onBuffer('fdinfo', step, stage),
  (done) => {
    const { size, count, exporter, name } = fieldsOf(done)
    return { size: hexText(size), count: count ?? null, exporter: exporter ?? null, name: name ?? null }
  },
)

export const bufIoctl: Word = oneStep((step, stage) => {
  const { ioctl, flags, name } = step.args
  if (ioctl === 'sync') return { ...onBuffer('sync', step, stage), args: { flags: number(flags) } }
  if (ioctl === 'setName') return { ...onBuffer('setName', step, stage), args: { name: text(name) } }
  return { ...onBuffer('ioctl', step, stage), args: { request: ioctl as StepValue } }
})

const onBuffer = (verb: string, { args }: RecordedStep, stage: Stage): PlainStep => ({
  verb,
  target: stage.now('buffer', args.buf),
})
