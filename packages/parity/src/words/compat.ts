/** The older calls: containers and groups, and the same calls on an iommufd. */
import { fieldsOf, hexText, text } from '../json-value.ts'
import { DEFAULT_IOMMUFD } from '../stage.ts'
import { oneStep, plainSaw, saw, type Word, worst } from '../word.ts'
import { numbers, onContext, sourceOf, spaceOf } from './iommufd.ts'
import { rawioOf } from './lifecycle.ts'

export const containerOpen: Word = oneStep(({ args }, stage) => ({
  verb: 'open',
  target: '/dev/vfio/vfio',
  as: stage.makeContainer(text(args.as)),
  args: { containerKind: args.setIommu === 'noiommu' ? 'noiommu' : 'type1' },
}))

/** Only a name: what it does follows when a device is opened in it. */
export const compatContainer: Word = ({ args }, stage) => {
  stage.noteCompatContainer(text(args.as), stage.now('iommufd', args.iommufd ?? DEFAULT_IOMMUFD))
  return { steps: [], saw: () => saw({ ok: true }) }
}

export const closeContainer: Word = oneStep(({ args }, stage) => ({
  verb: 'close',
  target: stage.now('container', args.container),
}))

export const openGroup: Word = oneStep(
  ({ args }, stage) => ({ verb: 'groupStatus', target: stage.device(args.device), args: rawioOf(stage) }),
  fieldsOf,
)

export const vfioIoas: Word = ({ args }, stage) => {
  const { action, ioas } = args
  const as = args.as === undefined ? {} : { as: stage.make('space', args.as) }
  const given = { action: text(action), ...(ioas === undefined ? {} : { ioas: spaceOf(ioas, stage) }) }
  return {
    steps: [{ ...onContext('vfioIoas', args, stage, given), ...as }],
    saw: ([done]) => {
      const result = plainSaw(done)
      if (result.ok !== true || action !== 'get') return saw(result)
      const name = fieldsOf(done).ioas
      return saw({ ok: true, ioas: typeof name === 'string' ? stage.recordedName(name) : null })
    },
  }
}

export const compatSetIommu: Word = oneStep(({ args }, stage) =>
  onContext('compatSetIommu', args, stage, { type: text(args.type) }),
)

export const compatExtension: Word = oneStep(
  ({ args }, stage) => onContext('compatExtension', args, stage, { extension: text(args.extension) }),
  (done) => ({ value: fieldsOf(done).value ?? null }),
)

export const compatMap: Word = ({ args }, stage) => {
  const { memory, offset, steps } = sourceOf(args, stage)
  const given = { memory, offset, ...numbers(args, ['iova', 'length']) }
  return {
    steps: [...steps, onContext('compatMap', args, stage, given)],
    saw: (done) => saw(plainSaw(worst(done))),
  }
}

export const compatUnmap: Word = oneStep(
  ({ args }, stage) =>
    onContext('compatUnmap', args, stage, { ...numbers(args, ['iova', 'length']), all: args.all === true }),
  (done) => ({ length: hexText(fieldsOf(done).length) }),
)
