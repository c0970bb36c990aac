/** Drivers, device files, and the end of things. */
import { fieldsOf, oneStep, plainSaw, type Word, worst } from '../word.ts'

export const bind: Word = oneStep('bind', ({ args }, stage) => stage.device(args.device))

export const unbind: Word = oneStep('unbind', ({ args }, stage) => stage.device(args.device))

export const driver: Word = oneStep(
  'driver',
  ({ args }, stage) => stage.device(args.device),
  () => ({}),
  (done) => fieldsOf(done),
)

export const open: Word = {
  say: ({ args }, stage) => {
    const device = stage.device(args.device)
    const as = stage.make('file', args.as ?? args.device)
    return [
      { verb: 'open', target: device, as },
      { verb: 'deviceInfo', target: as },
      { verb: 'configRead', target: as, args: { register: 'command', width: 2 } },
    ]
  },
  saw: (done) => {
    const [, info, command] = done
    const saw = plainSaw(worst(done))
    if (saw.ok !== true) return saw
    return { ok: true, command: fieldsOf(command).value ?? null, resetSupported: fieldsOf(info).resetSupported ?? null }
  },
}

export const close: Word = oneStep('close', ({ args }, stage) => stage.now('file', args.device))

export const closeBuf: Word = oneStep('close', ({ args }, stage) => stage.now('buffer', args.buf))

export const sleep: Word = {
  say: ({ args }) => [{ verb: 'sleep', target: '', args: { ticks: Number(args.ms) * 1000 } }],
  saw: ([done]) => plainSaw(done),
}
