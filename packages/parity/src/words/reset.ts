/** Resets, low power, and the request interrupt. */
import { fieldsOf, list, text } from '../json-value.ts'
import { isOk, oneStep, plainSaw, saw, type Word } from '../word.ts'

export const reset: Word = oneStep(({ args }, stage) => ({ verb: 'reset', target: stage.now('file', args.device) }))

export const hotReset: Word = ({ args }, stage) => {
  const groups = list(args.groups).map((group) => (group === 'stdin' ? 'stdin' : stage.device(group)))
  const device = stage.deviceOfFile(args.device)
  const siblings = stage.recording.devices.filter((other) => other.parent === device?.parent)
  const belowRootPort = stage.recorded(device?.parent ?? null)?.kind === 'root-port'
  return {
    steps: [{ verb: 'hotReset', target: stage.now('file', args.device), args: { groups } }],
    saw: ([done]) => {
      const happened = done !== undefined && isOk(done)
      if (happened && belowRootPort && siblings.length > 1) return { notComparable: 'qemu-link' }
      return saw(plainSaw(done))
    },
  }
}

export const hotResetInfo: Word = oneStep(
  ({ args }, stage) => ({ verb: 'hotResetInfo', target: stage.now('file', args.device) }),
  (done) => {
    const devices = list(fieldsOf(done).devices)
    return { count: devices.length, devices }
  },
)

export const sysfsReset: Word = oneStep(({ args }, stage) => ({
  verb: 'sysfsReset',
  target: stage.device(args.device),
}))

export const lowPower: Word = oneStep(({ args }, stage) => ({
  verb: 'lowPower',
  target: stage.now('file', args.device),
  args: { action: text(args.action) },
}))

export const armRequest: Word = oneStep(({ args }, stage) => ({
  verb: 'armRequest',
  target: stage.now('file', args.device),
}))

export const requestSeen: Word = oneStep(
  ({ args }, stage) => ({ verb: 'requestSeen', target: stage.now('file', args.device) }),
  (done) => ({ signalled: fieldsOf(done).signalled ?? null }),
)
