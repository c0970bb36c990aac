/** What every format is made from: a machine, the devices in question, and how each two of them may talk. */
import type { PciFunction, Topology } from '@barter/core'
import {
  canProvide,
  type Inspection,
  inspectTopology,
  type Letter,
  type LetterMatrix,
  letterMatrix,
} from '@barter/inspect'

export interface Portrait {
  readonly topology: Topology
  /** The devices in question, in bus order. */
  readonly functions: readonly PciFunction[]
  /** All devices; no pairs. */
  readonly report: Inspection
  readonly letters: LetterMatrix
  /** Letters that some pair with a memory BAR to lend has. */
  readonly used: ReadonlySet<Letter>
}

/** What a format gives, piece by piece: all pairs of a big machine are more than one text can hold. */
export type Pieces = Iterable<string>
export type Format = (portrait: Portrait) => Pieces

export function portraitOf(topology: Topology, functions: readonly PciFunction[]): Portrait {
  const letters = letterMatrix(topology, functions)
  const used = new Set<Letter>()
  for (const [a, fn] of functions.entries()) {
    if (!canProvide(fn)) continue
    for (let b = 0; b < functions.length; b++) if (a !== b) used.add(letters.at(a, b))
  }
  return { topology, functions, report: inspectTopology(topology, { pairs: 'none' }), letters, used }
}

/** The letters that a legend has to explain: `e` speaks of two others. */
export function spokenLetters({ used }: Portrait): readonly Letter[] {
  const letters: readonly Letter[] = ['B', 'H', 'e', 'x', '?']
  return letters.filter((letter) => used.has(letter) || (used.has('e') && (letter === 'B' || letter === 'H')))
}
