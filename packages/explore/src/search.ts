/** A strategy at work. */
import type { Explorable } from '@barter/core'
import { Parted } from './nondeterminism.ts'
import type { SavedSearch } from './saved-search.ts'
import type { Tally } from './tally.ts'
import { locate, searchPair } from './twice.ts'

export interface Search {
  readonly tally: Tally
  /** Go on until the end, a limit, or a pause. To be called again after a pause. **Errors** `Parted`. */
  run(): void
  /** What it takes to go on later; `undefined` when nothing is left to do, or nobody can. */
  save(): SavedSearch | undefined
  /** Go on from there; before the first `run`. **Errors** `UsageError` `CHECKPOINT_FOREIGN`, `EXPLORE_CHECKPOINT`. */
  restore(saved: SavedSearch): void
}

/** **Shape** `undefined` also for one whose plugins do otherwise each time: nobody can go on with it. */
export function saveSearch(search: Search): SavedSearch | undefined {
  try {
    return search.save()
  } catch (error) {
    if (error instanceof Parted) return undefined
    throw error
  }
}

/** As `run` of it. A replay that goes another way than the run before it ends the search, and is what it found. */
export function runSearch(subject: Explorable, search: Pick<Search, 'tally' | 'run'>): void {
  try {
    search.run()
  } catch (error) {
    if (!(error instanceof Parted)) throw error
    // What is drawn by lot may look like what depends on something that is not told.
    const found = error.found === undefined ? undefined : (searchPair(subject, error.path) ?? error.found)
    search.tally.parted(found ?? locate(subject, error.path, error.message), error.path)
  }
}
