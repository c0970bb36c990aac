/** Messages of the P2PDMA core during a step, as a recording lists them. */
import type { JsonObject } from '../recording.ts'
import type { Done } from '../word.ts'

/** **Shape** nothing when nothing was logged. */
export function logOf(done: readonly (Done | undefined)[]): JsonObject {
  const log = done
    .flatMap((one) => one?.events ?? [])
    .flatMap((event) =>
      event.kind === 'log' && event.code !== undefined ? [{ message: event.code, ...event.about }] : [],
    )
  return log.length === 0 ? {} : { log }
}
