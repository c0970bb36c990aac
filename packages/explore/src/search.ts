/** A strategy at work. */
import type { Tally } from './tally.ts'

export interface Search {
  readonly tally: Tally
  /** Go on until the end, a limit, or a pause. To be called again after a pause. */
  run(): void
}
