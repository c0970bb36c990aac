/** A strategy at work. */
import type { Explorable } from '@barter/core'
import { Parted } from './nondeterminism.ts'
import type { SavedSearch } from './saved-search.ts'
import type { Tally } from './tally.ts'
import { locate, searchPair } from './twice.ts'

export interface Search {
  readonly tally: Tally
  /** Run until the end, a limit, or a pause, and be called again after a pause. **Errors** `Parted`. */
  run(): void
  /** A checkpoint; `undefined` when nothing is left to do, or it cannot be resumed. */
  save(): SavedSearch | undefined
  /** Resume from a checkpoint, before the first `run`. **Errors** `UsageError` `CHECKPOINT_FOREIGN`, `EXPLORE_CHECKPOINT`. */
  restore(saved: SavedSearch): void
}

/** The checkpoint of a search. **Shape** gives `undefined` also if its plugins are nondeterministic: it could not be resumed. */
export function saveSearch(search: Search): SavedSearch | undefined {
  try {
    return search.save()
  } catch (error) {
    if (error instanceof Parted) return undefined
    throw error
  }
}

/** Run a search. A replay that goes another way than the run before it ends the search, and is its finding. */
export function runSearch(subject: Explorable, search: Pick<Search, 'tally' | 'run'>): void {
  try {
    search.run()
  } catch (error) {
    if (!(error instanceof Parted)) throw error
    // A step that is random may look like one that depends on something that is not told.
    const found = error.found === undefined ? undefined : (searchPair(subject, error.path) ?? error.found)
    search.tally.parted(found ?? locate(subject, error.path, error.message), error.path)
  }
}
