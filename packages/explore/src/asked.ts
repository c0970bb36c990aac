/** Options that have to be the same when an exploration is resumed from a checkpoint. */
import { checkpointForeign } from './errors.ts'
import type { ExploreOptions } from './explore.ts'
import type { SavedExploration } from './saved-search.ts'

export type Asked = Pick<SavedExploration, 'strategy' | 'preemptions' | 'seed' | 'stopAtFirst' | 'twice'>

export function askedOf(
  strategy: string,
  { preemptions, seed = 1, stopAtFirst = true, twice = false }: Omit<ExploreOptions, 'resume'>,
): Asked {
  return { strategy, preemptions: preemptions ?? null, seed, stopAtFirst, twice }
}

/** **Errors** `UsageError` `CHECKPOINT_FOREIGN`. */
export function checkResumed(saved: SavedExploration, digest: string, asked: Asked): void {
  if (saved.digest !== digest) {
    throw checkpointForeign(`it belongs to ${saved.digest}, and this scenario on this system is ${digest}`)
  }
  for (const said of SAID) {
    const [before, now] = [said(saved), said(asked)]
    if (before !== now) throw checkpointForeign(`it was made with ${before}, and is asked for ${now}`)
  }
}

/** Each of them in words, for the message. */
const SAID: readonly ((asked: Asked) => string)[] = [
  ({ strategy }) => `the strategy ${strategy}`,
  ({ preemptions }) => (preemptions === null ? 'any number of preemptions' : `${preemptions} preemptions at most`),
  ({ seed }) => `seed ${seed}`,
  ({ stopAtFirst }) => (stopAtFirst ? 'the first violation only' : 'all violations'),
  ({ twice }) => `each schedule ${twice ? 'twice' : 'once'}`,
]
