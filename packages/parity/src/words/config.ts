/** Configuration space: through the device file, and behind the driver's back. */
import type { Step } from '@barter/core'
import { fieldsOf, hexText, number, text } from '../json-value.ts'
import type { JsonObject } from '../recording.ts'
import { oneStep, type Word } from '../word.ts'

export const configRead: Word = oneStep(
  ({ args }, stage) => ({ verb: 'configRead', target: stage.now('file', args.device), args: placeOf(args) }),
  (done) => ({ value: hexText(fieldsOf(done).value) }),
)

/** With `or`, the recorded value follows from what the register held there. */
export const configWrite: Word = oneStep(({ args }, stage) => ({
  verb: 'configWrite',
  target: stage.now('file', args.device),
  args: { ...placeOf(args), ...(args.or === undefined ? { value: text(args.value) } : { or: text(args.or) }) },
}))

export const hostConfigRead: Word = oneStep(
  ({ args }, stage) => ({ verb: 'setpci', target: stage.device(args.device), args: placeOf(args) }),
  (done) => ({ value: hexText(fieldsOf(done).value) }),
)

export const hostConfigWrite: Word = oneStep(({ args }, stage) => ({
  verb: 'setpci',
  target: stage.device(args.device),
  args: {
    ...placeOf(args),
    ...Object.fromEntries(
      ['set', 'clear', 'value'].flatMap((key) => (args[key] === undefined ? [] : [[key, text(args[key])]])),
    ),
  },
}))

/** A register by name lies elsewhere in our machine than in the recorded one; an offset alone is in the header. */
function placeOf(args: JsonObject): Step['args'] {
  const place = args.register === undefined ? { offset: number(args.offset) } : { register: text(args.register) }
  return { ...place, width: number(args.width) }
}
