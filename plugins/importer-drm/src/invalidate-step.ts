/** What a driver does when the exporter tells it to let go, as a list: experiments leave out a step or move it. */
import type { Op, Trace } from '@barter/core'

export interface InvalidateStep<T> {
  readonly name: string
  readonly rule: string
  run(object: T): Op<void>
}

/** **Locks** the reservation is held, and whatever the exporter holds around it. */
export function* runInvalidate<T>(
  trace: Trace,
  driver: string,
  subject: string,
  steps: readonly InvalidateStep<T>[],
  object: T,
): Op<void> {
  for (const step of steps) {
    const { name, rule } = step
    if (trace.on) trace.emit({ kind: 'protocol', protocol: `${driver} invalidate`, name, subject, rule })
    yield* step.run(object)
  }
}
