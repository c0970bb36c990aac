/** Lending ranges of a BAR, and the ioctls around it. */
import type { Step, StepValue } from '@barter/core'
import { fieldsOf, hexText, list, number, object, text, u64 } from '../json-value.ts'
import type { Json, JsonObject } from '../recording.ts'
import type { BarRange, Stage } from '../stage.ts'
import { isOk, oneStep, plainSaw, saw, type Word } from '../word.ts'

/** A range as a system call carries it. */
type WrittenRange = { readonly offset: bigint; readonly length: bigint }

export const exportWord: Word = ({ args }, stage) => {
  const file = stage.now('file', args.device)
  const as = stage.make('buffer', args.as)
  const ranges = writtenRanges(args)
  noteExport(stage, as, args, ranges)
  const step = { verb: 'export', target: file, as, args: { bar: number(args.region), ranges, ...asWritten(args) } }
  // Without a name the recorded program closed the buffer at once.
  const closing = text(args.as) === '' ? [{ verb: 'close', target: as }] : []
  return {
    steps: [step, ...closing],
    saw: ([done]) => {
      if (done === undefined || !isOk(done)) return saw(plainSaw(done))
      const { size, access, nonblock, cloexec } = fieldsOf(done)
      return saw({
        ok: true,
        size: hexText(size),
        access: access ?? null,
        nonblock: nonblock ?? null,
        cloexec: cloexec ?? null,
      })
    },
  }
}

/** The request ends where mapped memory ends. */
export const exportAt: Word = oneStep(({ args }, stage) => ({
  verb: 'feature',
  target: stage.now('file', args.device),
  args: {
    feature: 'dmaBuf',
    flags: [text(args.request) || 'get'],
    region: number(args.region),
    ranges: writtenRanges(args),
    readable: number(args.readable),
    ...optional('flagsField', args.flags),
    ...optional('nrRanges', args.nrRanges),
  },
}))

export const feature: Word = oneStep(({ args }, stage) => ({
  verb: 'feature',
  target: stage.now('file', args.device),
  args: {
    feature: args.feature as StepValue,
    flags: args.flags as StepValue,
    payloadBytes: number(args.payloadBytes),
    ...optional('argsz', args.argsz),
  },
}))

export const regionInfo: Word = oneStep(
  ({ args }, stage) => ({
    verb: 'regionInfo',
    target: stage.now('file', args.device),
    args: { region: number(args.region) },
  }),
  (done) => {
    const { size, flags } = fieldsOf(done)
    return { size: hexText(size), flags: flags ?? null }
  },
)

function asWritten(args: JsonObject): Step['args'] {
  return {
    ...(args.openFlags === undefined ? {} : { openFlags: flagList(args.openFlags) }),
    ...optional('flags', args.flags),
    ...optional('nrRanges', args.nrRanges),
    ...optional('argsz', args.argsz),
  }
}

const flagList = (flags: Json): StepValue => (typeof flags === 'string' ? [flags] : flags)

const optional = (name: string, value: Json | undefined): Step['args'] =>
  value === undefined ? {} : { [name]: number(value) }

/** `stride` repeats the first range in steps, `repeat` the whole list. */
function writtenRanges(args: JsonObject): readonly WrittenRange[] {
  const given = list(args.ranges).map((range) => ({ offset: u64(list(range)[0]), length: u64(list(range)[1]) }))
  const stride = object(args.stride)
  const [first] = given
  const strided =
    first === undefined || stride.count === undefined
      ? given
      : Array.from({ length: number(stride.count) }, (_, i) => ({
          offset: first.offset + u64(stride.step) * BigInt(i),
          length: first.length,
        }))
  const times = args.repeat === undefined ? 1 : number(args.repeat)
  return Array.from({ length: times }, () => strided).flat()
}

function noteExport(stage: Stage, as: string, args: JsonObject, written: readonly WrittenRange[]): void {
  const device = stage.deviceOfFile(args.device)
  if (device === undefined) return
  const ranges = written.map(({ offset, length }): BarRange => ({ offset: Number(offset), length: Number(length) }))
  stage.noteExport(as, { device, region: number(args.region), ranges })
}
