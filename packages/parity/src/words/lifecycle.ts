/** Drivers, device files, and the end of things. */
import { fieldsOf, hexText, number, text } from '../json-value.ts'
import { DEFAULT_CONTAINER } from '../stage.ts'
import { oneStep, plainSaw, saw, type Word, worst } from '../word.ts'

export const bind: Word = oneStep(({ args }, stage) => ({ verb: 'bind', target: stage.device(args.device) }))

export const unbind: Word = oneStep(({ args }, stage) => ({ verb: 'unbind', target: stage.device(args.device) }))

export const driver: Word = oneStep(
  ({ args }, stage) => ({ verb: 'boundDriver', target: stage.device(args.device) }),
  fieldsOf,
)

/** Opened, and asked at once what it is. */
export const open: Word = ({ args }, stage) => {
  const device = stage.device(args.device)
  const name = args.as ?? args.device
  stage.noteFile(name, args.device)
  const as = stage.make('file', name)
  const container = text(args.container) || DEFAULT_CONTAINER
  stage.noteOpen(as, container)
  return {
    steps: [
      { verb: 'open', target: device, as, args: { container } },
      { verb: 'info', target: as },
    ],
    saw: (done) => {
      const { command, resetSupported } = fieldsOf(done[1])
      const failed = plainSaw(worst(done))
      if (failed.ok !== true) return saw(failed)
      return saw({ ok: true, command: hexText(command), resetSupported: resetSupported ?? null })
    },
  }
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
