/** Locks: the reservation where it is wanted (DMB-24 to DMB-28), one order (VFIO-40), no circle (INV-10). */
import { type Chapter, check } from './check.ts'
import type { Demand, Played } from './played.ts'
import type { Stage, Steps } from './stage.ts'

const SEEDS = 12

/** **Shape** `story`: everybody at once. */
export function lockingOf(stage: Stage, story: Steps): Chapter {
  let runs: readonly Played[] | undefined
  const played = (demand: (one: Played) => void): void => {
    runs ??= Array.from({ length: SEEDS }, (_, i) => i + 1).map(stage.schedules(story))
    for (const one of runs) demand(one)
  }
  const without = (rule: string, says: string, invariants: readonly string[], expected: string) =>
    check(rule, says, () => {
      const demand: Demand = { rule, expected }
      played((one) => one.demandNone(invariants, demand))
    })
  return {
    name: 'locking',
    checks: [
      without(
        'DMB-24',
        'it holds the reservation to map, unmap and pin, and to attach and detach it does not',
        ['INV-12', 'INV-21'],
        'each call is made with the locks that its contract names, and each lock is given back',
      ),
      without(
        'VFIO-40',
        'it takes its locks in one order, the reservation among them',
        ['INV-11'],
        'no two locks are taken in one order here and in the other there, and nothing is waited for under the reservation that may need it',
      ),
      without(
        'INV-10',
        'nobody waits in a circle',
        ['INV-10'],
        'of the threads that wait, each waits for one that can go on',
      ),
    ],
  }
}
