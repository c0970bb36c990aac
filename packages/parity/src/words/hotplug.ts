/** Functions that come and go: virtual functions, removal. */
import { oneStep, type Word } from '../word.ts'

export const hotUnplug: Word = oneStep(({ args }, stage) => ({ verb: 'unplug', target: stage.device(args.device) }))

export const disableVfs: Word = oneStep(({ args }, stage) => ({
  verb: 'virtualFunctions',
  target: stage.device(args.device),
  args: { enable: false },
}))

export const vfMemory: Word = oneStep(({ args }, stage) => ({
  verb: 'virtualFunctions',
  target: stage.device(args.device),
  args: { memory: args.enable === true },
}))
