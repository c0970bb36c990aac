/** What a step touched, boiled down to bits: two steps whose bits do not meet commute. Things may share a bit; that only costs. */
import { ACQUIRE, ADD, isAcquire, type Mode, READ, RELEASE, SIGNALLED, TRIED, WAITED, WRITE } from './access-mode.ts'
import type { History } from './history.ts'

export interface Footprint {
  readonly reads: number
  readonly writes: number
  readonly adds: number
}

/** Of the step that `history` has just heard. */
export function footprintOf(history: History): Footprint {
  let reads = 0
  let writes = 0
  let adds = 0
  for (let i = 0; i < history.count; i++) {
    const bit = 1 << ((history.thingAt[i] as number) & 31)
    const mode = history.modeAt[i] as Mode
    if (mode === READ || mode === WAITED) reads |= bit
    else if (mode === ADD) adds |= bit
    else if (mode === WRITE || mode === ACQUIRE || mode === RELEASE || mode === SIGNALLED || mode === TRIED) {
      writes |= bit
    } else if (isAcquire(mode)) reads |= bit
  }
  return { reads, writes, adds }
}

/** Of two steps in a row. */
export const joined = (x: Footprint, y: Footprint): Footprint => ({
  reads: x.reads | y.reads,
  writes: x.writes | y.writes,
  adds: x.adds | y.adds,
})

/** May the two steps, of different threads, not change places? */
export const meet = (x: Footprint, y: Footprint): boolean =>
  ((x.writes & (y.reads | y.writes | y.adds)) | (x.reads & (y.writes | y.adds)) | (x.adds & (y.reads | y.writes))) !== 0
