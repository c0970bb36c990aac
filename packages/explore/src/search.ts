/** A strategy at work. */
import type { SavedSearch } from './saved-search.ts'
import type { Tally } from './tally.ts'

export interface Search {
  readonly tally: Tally
  /** Go on until the end, a limit, or a pause. To be called again after a pause. */
  run(): void
  /** What it takes to go on later; `undefined` when nothing is left to do, or nobody can. */
  save(): SavedSearch | undefined
}
