/** What has to be the same when somebody goes on with what an exploration kept. */
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
  for (const name of ['strategy', 'preemptions', 'seed', 'stopAtFirst', 'twice'] as const) {
    const before = saved[name]
    if (before !== asked[name]) throw checkpointForeign(`its ${name} is ${before ?? 'not given'}, not ${asked[name]}`)
  }
}
