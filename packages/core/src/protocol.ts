/**
 * A protocol is an ordered list of small named steps. The list is the documentation; a generation is another list, a
 * mutant an edited one. Nothing else may depend on which steps are in it.
 */
import { type Op, point } from './op.ts'
import type { Trace } from './trace.ts'

export interface ProtocolStep<C> {
  /** A verb, as in `setFlag`. */
  readonly name: string
  /** The rule that asks for it. */
  readonly rule: string
  /** **Shape** `context`: what the list works on, the same for all of its steps. */
  run(context: C): Op<void>
}

export type ProtocolSteps<C> = readonly ProtocolStep<C>[]

export const protocolStep = <C>(name: string, rule: string, run: (context: C) => Op<void>): ProtocolStep<C> => ({
  name,
  rule,
  run,
})

/** A step that nothing can interrupt. */
export function instantStep<C>(name: string, rule: string, run: (context: C) => void): ProtocolStep<C> {
  return protocolStep(name, rule, (context) => instantly(run, context))
}

function* instantly<C>(run: (context: C) => void, context: C): Op<void> {
  run(context)
}

/**
 * Run the steps in order, as one: no scheduling point but those of the steps, and nothing in the trace. For lists inside a
 * critical section, where nobody could see a difference. **Errors** those of the steps; the first ends it.
 */
export function* runAsOne<C>(steps: ProtocolSteps<C>, context: C): Op<void> {
  for (const { run } of steps) yield* run(context)
}

/**
 * Run the steps in order. Each begins at a scheduling point of its own and is seen in the trace. The first error ends it.
 *
 * **Shape** `protocol` names the list, `subject` the buffer or device it works on. **Errors** those of the steps.
 */
export function* runSteps<C>(
  trace: Trace,
  protocol: string,
  subject: string,
  steps: ProtocolSteps<C>,
  context: C,
): Op<void> {
  for (const { name, rule, run } of steps) {
    yield* point(`${protocol} ${subject}: ${name}`)
    if (trace.on) trace.emit({ kind: 'protocol', protocol, name, subject, rule })
    yield* run(context)
  }
}
