/**
 * A protocol is an ordered list of small named steps. The list is the documentation; a generation is another list, a
 * mutant an edited one. Nothing else may depend on which steps are in it.
 */
import { type Op, point, type Trace } from '@barter/core'

export interface Step<C> {
  /** A verb, as in `setFlag`. */
  readonly name: string
  /** The rule that asks for it. */
  readonly rule: string
  run(context: C): Op<void>
}

export type Steps<C> = readonly Step<C>[]

export const step = <C>(name: string, rule: string, run: (context: C) => Op<void>): Step<C> => ({ name, rule, run })

/** A step that nothing can interrupt. */
export function instant<C>(name: string, rule: string, run: (context: C) => void): Step<C> {
  return step(name, rule, function* (context) {
    run(context)
  })
}

/**
 * Run the steps in order. Each begins at a scheduling point of its own and is seen in the trace.
 *
 * **Shape** `protocol` names the list, `subject` the buffer or device it works on.
 */
export function* runSteps<C>(trace: Trace, protocol: string, subject: string, steps: Steps<C>, context: C): Op<void> {
  for (const { name, rule, run } of steps) {
    yield* point(`${protocol} ${subject}: ${name}`)
    if (trace.on) trace.emit({ kind: 'protocol', protocol, name, subject, rule })
    yield* run(context)
  }
}
