/** Locks: the reservation where it is wanted (DMB-24 to DMB-28), one order (VFIO-40), no circle (INV-10). */
import { type Chapter, check } from '../../check/check.ts'
import type { Demand, Played } from '../../check/played.ts'
import type { ImporterStage } from '../importer-stage.ts'
import { raceStory } from '../race-story.ts'

const SEEDS = 16

export function locking(stage: ImporterStage): Chapter {
  const played = (demand: (one: Played) => void): void => {
    const play = stage.schedules(raceStory(stage))
    for (let seed = 1; seed <= SEEDS; seed++) demand(play(seed))
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
