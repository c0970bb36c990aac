import type { ExploredRun } from '@barter/core'

/** Threads that can go on, ascending. **Shape** `into`: an empty list to put them in. */
export function enabledOf(run: Pick<ExploredRun, 'threads' | 'canRun'>, into: number[] = []): number[] {
  for (let thread = 0; thread < run.threads; thread++) if (run.canRun(thread)) into.push(thread)
  return into
}
