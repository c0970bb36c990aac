/** Drivers, device files, and the end of things. */
import { fieldsOf, hexText, number, text } from '../json-value.ts'
import type { JsonObject } from '../recording.ts'
import { DEFAULT_CONTAINER, DEFAULT_IOMMUFD, type Stage } from '../stage.ts'
import { type Done, oneStep, plainSaw, saw, type Word, worst } from '../word.ts'

/** Writing to the bus succeeds also when the driver refuses the device; the reason is not passed on. */
export const bind: Word = ({ args }, stage) => ({
  steps: [{ verb: 'bind', target: stage.device(args.device) }],
  saw: ([done]) => saw(done?.result.kind === 'errno' ? { ok: true, bound: false } : plainSaw(done)),
})

export const unbind: Word = oneStep(({ args }, stage) => ({ verb: 'unbind', target: stage.device(args.device) }))

export const driver: Word = oneStep(
  ({ args }, stage) => ({ verb: 'boundDriver', target: stage.device(args.device) }),
  fieldsOf,
)

/** Opened through its group, and asked at once what it is. */
export const open: Word = ({ args }, stage) => {
  const device = stage.device(args.device)
  const as = fileOf(args, stage)
  const name = text(args.container) || DEFAULT_CONTAINER
  stage.noteOpen(device, name)
  const { container, steps } = stage.container(name)
  return {
    steps: [
      ...steps,
      { verb: 'open', target: device, as, args: { container, ...rawioOf(stage) } },
      { verb: 'info', target: as },
    ],
    saw: (done) => {
      const failed = plainSaw(worst(done))
      return saw(failed.ok === true ? { ok: true, ...aboutDevice(done.at(-1)) } : failed)
    },
  }
}

/** Opened through the character device of its own; nothing works on it yet. */
export const openCdev: Word = ({ args }, stage) => ({
  steps: [
    {
      verb: 'open',
      target: stage.device(args.device),
      as: fileOf(args, stage),
      args: { cdev: true, ...rawioOf(stage) },
    },
  ],
  saw: ([done]) => {
    const result = plainSaw(done)
    return saw(result.ok === true ? { ok: true, noiommu: stage.recording.iommu.mode === 'none' } : result)
  },
})

export const bindIommufd: Word = oneStep(
  ({ args }, stage) => ({
    verb: 'bindIommufd',
    target: stage.now('file', args.device),
    args: { iommufd: stage.now('iommufd', args.iommufd ?? DEFAULT_IOMMUFD) },
  }),
  aboutDevice,
)

/** The parameter of the module that lets devices without IOMMU be used. */
export const setNoiommu: Word = oneStep(({ args }, stage) => ({
  verb: 'parameter',
  target: stage.device(Object.values(stage.recording.roles)[0]),
  args: { name: 'enable_unsafe_noiommu_mode', value: args.enable === true },
}))

function fileOf(args: JsonObject, stage: Stage): string {
  const name = args.as ?? args.device
  stage.noteFile(name, args.device)
  return stage.make('file', name)
}

export const rawioOf = (stage: Stage): { rawio?: boolean } => (stage.rawio ? {} : { rawio: false })

function aboutDevice(done: Done | undefined): JsonObject {
  const { command, resetSupported } = fieldsOf(done)
  return { command: hexText(command), resetSupported: resetSupported ?? null }
}

/** The CPU mappings of earlier steps go first: they would keep the file open. */
export const close: Word = ({ args }, stage) => {
  const file = stage.now('file', args.device)
  const mappings = stage.takeCpuMappings(file)
  return {
    steps: [...mappings, file].map((target) => ({ verb: 'close', target })),
    saw: (done) => saw(plainSaw(worst(done))),
  }
}

export const closeBuf: Word = oneStep(({ args }, stage) => ({ verb: 'close', target: stage.now('buffer', args.buf) }))

export const sleep: Word = oneStep(({ args }) => ({ verb: 'sleep', target: '', args: { ticks: ticksOf(args.ms) } }))

/** **Units** milliseconds of a recording as ticks. */
export const ticksOf = (ms: Parameters<typeof number>[0]): number => number(ms) * 1000
