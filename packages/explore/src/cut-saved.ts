/** A search made by one, cut into parts for several workers to continue: what is left at each place on its path. */
import type { Explorable } from '@barter/core'
import { checkpointForeign } from './errors.ts'
import { unrelied } from './futures.ts'
import type { SavedParts, SavedPart, SavedSearch } from './saved-search.ts'
import { SharedStates } from './shared-states.ts'
import { WORDS_OF_A_STATE } from './visited-states.ts'
import { Walker } from './walker.ts'

export interface SavedCut {
  readonly parts: SavedParts
  /** Of `SharedStates`. */
  readonly table?: Int32Array
}

/** **Shape** `table`: of `VisitedStates`; of samples no part, as what was run is known. **Errors** `UsageError` `CHECKPOINT_FOREIGN`. */
export function cutSaved(
  subject: Explorable,
  { search, table }: { readonly search: SavedSearch; readonly table?: Int32Array | undefined },
  places: number,
): SavedCut {
  const { tally: top, next, frames, sorts, back, isStale = false } = search
  if (next !== undefined) return { parts: { workers: 1, top, places, parts: [] } }
  // It was learning.
  if (frames === undefined)
    return { parts: { workers: 1, places, parts: null, ...(sorts === undefined ? {} : { sorts }) } }
  // Some of it rests on something wrong, and no part could tell which.
  if (isStale && sorts !== undefined)
    return { parts: { workers: 1, places, parts: null, sorts: { ...sorts, futures: unrelied(sorts.futures) } } }
  const known = table === undefined ? undefined : sharedOf(table, search.visited ?? 0, places)
  // Of plain search, states are told apart by all that was told, as nothing is learned of it.
  const parts = partsOf(new Walker(subject, known === undefined ? 'states' : 'moves'), search)
  return {
    parts: {
      workers: 1,
      top,
      places: known?.places ?? places,
      parts,
      ...(sorts === undefined ? {} : { sorts }),
      ...(back === undefined ? {} : { back }),
    },
    ...(known === undefined ? {} : { table: known.save() }),
  }
}

/** Deepest first, the order in which the search would have continued. */
function partsOf(walker: Walker, { path = [], frames = [], sorts }: SavedSearch): readonly SavedPart[] {
  if (sorts !== undefined) walker.history.discipline.learn(sorts.things)
  const run = walker.restart()
  const subtrees = frames.map(({ depth, candidates, next, asleep, preemptions, first, others, width }) => {
    while (walker.depth < depth) {
      const thread = path[walker.depth] ?? -1
      if (thread >= run.threads || !run.canRun(thread)) {
        throw checkpointForeign('its plugins did otherwise when it was written')
      }
      walker.step(thread)
    }
    const { stateA, stateB } = walker.history
    const state = [stateA, stateB] as const
    return {
      path: path.slice(0, depth),
      candidates: candidates.slice(next),
      first,
      others,
      width,
      asleep,
      preemptions,
      state,
    }
  })
  return subtrees
    .filter(({ candidates }) => candidates.length > 0)
    .reverse()
    .map((subtree, index) => ({ index, subtree }))
}

function sharedOf(table: Int32Array, count: number, places: number): SharedStates {
  const shared = SharedStates.sized(Math.max(places, 2 * count))
  for (let at = 0; at < table.length; at += WORDS_OF_A_STATE) {
    const [a = 0, b = 0, left = 0] = table.subarray(at, at + WORDS_OF_A_STATE)
    if (a !== 0 || b !== 0) shared.enter(a, b, left)
  }
  return shared
}
