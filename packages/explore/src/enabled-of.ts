import type { ExploredRun } from '@barter/core'

/** Threads that can go on, ascending. */
export function enabledOf(run: Pick<ExploredRun, 'threads' | 'canRun'>): number[] {
  const enabled: number[] = []
  for (let thread = 0; thread < run.threads; thread++) if (run.canRun(thread)) enabled.push(thread)
  return enabled
}
