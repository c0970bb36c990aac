/** iommufd: contexts, address spaces, and what is put into them. */
import type { Step } from '@barter/core'
import { fieldsOf, hexText, list, number, object, text } from '../json-value.ts'
import type { Json, JsonObject, RecordedStep } from '../recording.ts'
import { DEFAULT_IOMMUFD, type Stage } from '../stage.ts'
import { oneStep, plainSaw, type PlainStep, saw, type Said, type Word, worst } from '../word.ts'
import { mappingOf } from './cpu.ts'
import { rawioOf } from './lifecycle.ts'
import { placeInBar } from './mapping-result.ts'

type Args = Step['args']

export const iommufdOpen: Word = oneStep(({ args }, stage) => ({
  verb: 'open',
  target: '/dev/iommu',
  as: stage.make('iommufd', args.as),
}))

export const iommufdClose: Word = oneStep(({ args }, stage) => ({
  verb: 'close',
  target: stage.now('iommufd', args.iommufd ?? DEFAULT_IOMMUFD),
}))

export const ioasAlloc: Word = oneStep((step, stage) => ({
  ...onContext('ioasAlloc', step.args, stage),
  as: stage.make('space', step.args.as),
}))

export const hwptAlloc: Word = oneStep(({ args }, stage) => ({
  ...onContext('hwptAlloc', args, stage, { device: stage.now('file', args.device), ioas: spaceOf(args.ioas, stage) }),
  as: stage.make('space', args.as),
}))

export const iommufdDestroy: Word = oneStep(({ args }, stage) =>
  onContext('iommufdDestroy', args, stage, { object: spaceOf(args.object, stage) }),
)

/** The ranges follow from the IOMMU of the machine. */
export const ioasRanges: Word = oneStep(
  ({ args }, stage) => onContext('ioasRanges', args, stage, { ioas: spaceOf(args.ioas, stage) }),
  (done) => ({ ranges: fieldsOf(done).ranges ?? null, alignment: hexText(fieldsOf(done).alignment) }),
)

export const ioasHugePages: Word = oneStep(({ args }, stage) =>
  onContext('ioasHugePages', args, stage, { ioas: spaceOf(args.ioas, stage), value: args.value === true }),
)

export const changeProcess: Word = oneStep(({ args }, stage) => onContext('changeProcess', args, stage))

/** Descriptors that are no buffer. */
const NO_BUFFERS: Readonly<Record<string, string>> = { 'closed-fd': 'closed', stdin: 'stdin' }

export const iommufdMapFile: Word = (step, stage) => {
  const { args } = step
  const buffer = NO_BUFFERS[text(args.buf)] ?? stage.nowAny(['buffer', 'memory'], args.buf)
  if (args.iova !== undefined) stage.spaces.note(args, buffer)
  const given = {
    ioas: spaceOf(args.ioas, stage),
    buffer,
    ...numbers(args, ['offset', 'length', 'iova']),
    ...flags(args),
  }
  return placing(step, [onContext('ioasMapFile', args, stage, given)])
}

export const iommufdMap: Word = (step, stage) => {
  const { args } = step
  const { memory, offset, steps } = sourceOf(args, stage)
  const given = {
    ioas: spaceOf(args.ioas, stage),
    memory,
    offset,
    ...numbers(args, ['length', 'iova']),
    ...flags(args),
  }
  return placing(step, [...steps, onContext('ioasMap', args, stage, given)])
}

export const iommufdCopy: Word = (step, stage) => {
  const { args } = step
  const given = {
    ioas: spaceOf(args.to, stage),
    from: spaceOf(args.from, stage),
    at: text(args.srcIova),
    ...numbers(args, ['length', 'iova']),
    ...flags(args),
  }
  return placing(step, [onContext('ioasCopy', args, stage, given)])
}

export const iommufdUnmap: Word = oneStep(
  ({ args }, stage) =>
    onContext('ioasUnmap', args, stage, { ioas: spaceOf(args.ioas, stage), ...numbers(args, ['iova', 'length']) }),
  (done) => ({ length: hexText(fieldsOf(done).length) }),
)

export const noiommuGetPa: Word = ({ args }, stage) => {
  const { device, region } = object(args.target)
  const bar = stage.bar(stage.recorded(device), number(region))
  if (text(args.as) !== '') stage.spaces.noteAddress(text(args.as), physicalAt(args, stage))
  const given = { ioas: spaceOf(args.ioas, stage), ...numbers(args, ['iova', 'length']), ...rawioOf(stage) }
  return {
    steps: [onContext('noiommuGetPa', args, stage, given)],
    saw: ([done]) => {
      const result = plainSaw(done)
      if (result.ok !== true) return saw(result)
      const { physical, length } = fieldsOf(done)
      return saw({ ok: true, length: hexText(length), barOffset: placeInBar(physical, bar) })
    },
  }
}

export const kernelAccess: Word = oneStep(({ args }, stage) =>
  onContext('kernelAccess', args, stage, {
    ioas: spaceOf(args.ioas, stage),
    kind: text(args.kind),
    write: args.write === true,
    ...numbers(args, ['iova', 'length']),
  }),
)

export const makeMemfd: Word = oneStep(({ args }, stage) => ({
  verb: 'allocate',
  target: 'memfd',
  as: stage.make('memory', args.as),
  args: { length: text(args.size) },
}))

/** The driver makes it of a memfd. */
export const makeUdmabuf: Word = ({ args }, stage) => {
  const memfd = stage.make('memory', undefined)
  return {
    steps: [
      { verb: 'allocate', target: 'memfd', as: memfd, args: { length: text(args.size) } },
      { verb: 'udmabuf', target: memfd, as: stage.make('buffer', args.as) },
    ],
    saw: (done) => {
      const failed = plainSaw(worst(done))
      return saw(failed.ok === true ? { ok: true, size: hexText(fieldsOf(done[1]).size) } : failed)
    },
  }
}

export const attachIoas: Word = oneStep(({ args }, stage) => ({
  verb: 'attachIoas',
  target: stage.now('file', args.device),
  args: { ioas: spaceOf(args.ioas, stage) },
}))

export const detachIoas: Word = oneStep(({ args }, stage) => ({
  verb: 'detachIoas',
  target: stage.now('file', args.device),
}))

export const bufAttachments: Word = oneStep(
  ({ args }, stage) => ({ verb: 'attachments', target: stage.now('buffer', args.buf) }),
  (done) => ({ devices: fieldsOf(done).devices ?? null }),
)

/** Where the query leads in the recorded machine: a BAR stays where it is. */
function physicalAt(args: JsonObject, stage: Stage): number | undefined {
  const found = stage.spaces.at(args.ioas ?? null, number(args.iova))
  const exported = found === undefined ? undefined : stage.exported(found.buffer)
  const bar = stage.bar(exported?.device, exported?.region ?? 0)
  const [range] = exported?.ranges ?? []
  if (found === undefined || bar === undefined || range === undefined) return undefined
  return number(bar.phys) + range.offset + found.offset
}

/** A word on the iommufd that the step names, or the usual one. */
export function onContext(verb: string, args: JsonObject, stage: Stage, given: Args = {}): PlainStep {
  return { verb, target: stage.now('iommufd', args.iommufd ?? DEFAULT_IOMMUFD), args: given }
}

/** An address space, or a domain of one, by its name; a number names none. */
export const spaceOf = (name: Json | undefined, stage: Stage): Args[string] =>
  typeof name === 'number' ? name : stage.now('space', name)

export const numbers = (args: JsonObject, keys: readonly string[]): Args =>
  Object.fromEntries(keys.flatMap((key) => (args[key] === undefined ? [] : [[key, text(args[key])]])))

const FIXED_IOVA = 1
const BITS: Readonly<Record<string, number>> = { write: 2, read: 4 }

/** The word that the recorded program passed: by names, with the bit of a wanted place, or whole. */
function flags({ flags, iova }: JsonObject): Args {
  if (typeof flags === 'string') return { flags }
  const fixed = iova === undefined ? 0 : FIXED_IOVA
  return { flags: list(flags).reduce((sum: number, name) => sum + (BITS[text(name)] ?? 0), fixed) }
}

/** CPU addresses: of anonymous memory, made when it is first named, or of a mapping of a BAR. */
export function sourceOf(
  { source, length }: JsonObject,
  stage: Stage,
): { readonly memory: string; readonly offset: Args[string]; readonly steps: readonly PlainStep[] } {
  const { memory, device, region, offset } = object(source)
  if (memory === undefined) {
    const { mapping, steps } = mappingOf({ device: device ?? null, region: region ?? null }, stage)
    return { memory: mapping, offset: text(offset) || 0, steps }
  }
  const known = stage.find('memory', memory)
  if (known !== undefined) return { memory: known, offset: 0, steps: [] }
  const as = stage.make('memory', memory)
  // As much as any step wants of it.
  const size = Math.max(number(length), ...stage.lengthsOf(text(memory)))
  return { memory: as, offset: 0, steps: [{ verb: 'allocate', target: 'memory', as, args: { length: size } }] }
}

/** A call that puts something somewhere. Where, is told when the kernel chose. */
function placing({ args }: RecordedStep, steps: readonly PlainStep[]): Said {
  return {
    steps,
    saw: (done) => {
      const result = plainSaw(worst(done))
      if (result.ok !== true || args.iova !== undefined) return saw(result)
      return saw({ ok: true, iova: hexText(fieldsOf(done.at(-1)).iova) })
    },
  }
}
