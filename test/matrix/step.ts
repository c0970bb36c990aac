/** A step of an actor. */
import type { Step, StepValue } from '@barter/core'

export function step(verb: string, target: string, args: Readonly<Record<string, StepValue>> = {}, as?: string): Step {
  return { verb, target, args, ...(as === undefined ? {} : { as }) }
}
