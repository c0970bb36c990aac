/**
 * Sleepers as data, for a checkpoint or for another worker. Each process numbers names in the order in which it comes upon them, so
 * what a sleeper touched is told by what those numbers stand for.
 */
import { ADDS, addBits, CHANGES, type Footprint, hasBit, READS } from './footprint.ts'
import type { Sleeper } from './frame.ts'
import type { NameOf, ThingNames } from './thing-names.ts'

type Kind = typeof READS | typeof CHANGES | typeof ADDS

export interface SavedSleeper {
  readonly thread: number
  readonly touched: readonly (readonly [kind: Kind, ...name: NameOf])[]
  readonly drops: NameOf | null
}

const KINDS: readonly Kind[] = [READS, CHANGES, ADDS]

export const savedSleepers = (asleep: readonly Sleeper[], names: ThingNames): readonly SavedSleeper[] =>
  asleep.map(({ thread, touched, drops }) => ({
    thread,
    touched: touchedOf(touched, names),
    drops: drops < 0 ? null : names.whatIs(drops),
  }))

export const sleepersOf = (saved: readonly SavedSleeper[], names: ThingNames): Sleeper[] =>
  saved.map(({ thread, touched, drops }) => ({
    thread,
    touched: footprintOf(touched, names),
    drops: drops === null ? -1 : names.numberOf(drops),
  }))

/** Of several names that share a bit, all. */
function touchedOf(footprint: Footprint, names: ThingNames): SavedSleeper['touched'] {
  const touched: SavedSleeper['touched'][number][] = []
  for (const kind of KINDS) {
    for (let name = 0; name < names.count; name++) {
      if (hasBit(footprint, name, kind)) touched.push([kind, ...names.whatIs(name)])
    }
  }
  return touched
}

function footprintOf(touched: SavedSleeper['touched'], names: ThingNames): Footprint {
  const footprint: number[] = []
  for (const [kind, ...name] of touched) addBits(footprint, names.numberOf(name), kind)
  return footprint
}
