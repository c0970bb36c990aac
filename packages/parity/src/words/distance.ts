/** How far apart two functions are, and the fabric as somebody changes it behind the kernel's back. */
import type { StepValue } from '@barter/core'
import { fieldsOf, hexText, list, text } from '../json-value.ts'
import type { Json, JsonObject } from '../recording.ts'
import type { Stage } from '../stage.ts'
import { oneStep, plainSaw, type PlainStep, saw, type Word, worst } from '../word.ts'
import { logOf } from './kernel-log.ts'

export const distance: Word = oneStep(
  ({ args }, stage) => ({
    verb: 'distance',
    target: stage.device(args.provider),
    args: { to: stage.device(args.client), verbose: args.verbose === true },
  }),
  (done) => ({ distance: fieldsOf(done).distance ?? null, ...logOf([done]) }),
)

/** Write the control word of each port, then read all of them back. */
export const setAcs: Word = ({ args }, stage) => {
  const names = args.devices === 'all' ? withAcs(stage) : list(args.devices)
  const steps = names.map((name): PlainStep => ({
    verb: 'setpci',
    target: stage.device(name),
    args: { register: 'acs', value: text(args.ctrl) },
  }))
  const bdfs = names.map((name) => stage.bdf(name))
  return {
    steps,
    saw: (done) => {
      const failed = plainSaw(worst(done))
      if (names.length > 0 && failed.ok !== true) return saw(failed)
      const words = done.map((one) => hexText(fieldsOf(one).value))
      const [first] = words
      const same = words.every((word) => word === first)
      return saw({ ok: true, ctrl: same ? (first ?? null) : byBdf(bdfs, words) })
    },
  }
}

export const fakeAcs: Word = oneStep(
  ({ args }, stage) => ({ verb: 'pretend', target: stage.device(args.device), args: { acs: text(args.ctrl) } }),
  (done) => ({ ctrl: hexText(fieldsOf(done).acs) }),
)

export const setBridgeId: Word = oneStep(({ args }, stage) => ({
  verb: 'pretend',
  target: stage.device(args.device),
  args: { id: args.id as StepValue },
}))

const withAcs = (stage: Stage): readonly Json[] =>
  stage.recording.devices.filter((device) => device.acs !== null).map((device) => device.bdf)

const byBdf = (bdfs: readonly string[], words: readonly Json[]): JsonObject =>
  Object.fromEntries(bdfs.map((bdf, i) => [bdf, words[i] ?? null]))
