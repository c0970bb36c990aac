/** A stretch of bus addresses that goes somewhere else, and what that makes of one address in it. */
import { contains } from '@barter/core'

export interface MovedRange {
  /** First bus address as the machine has it. */
  readonly from: number
  readonly length: number
  /** First bus address as it will be, and the CPU address of it. */
  readonly bus: number
  readonly cpu: number
}

export interface NewPlace {
  readonly bus: number
  readonly cpu: number
}

/**
 * Where something goes that must stay in one piece.
 * **Shape** `undefined`: some of it is in no range, or its parts would go to different places.
 */
export function newPlace(moves: readonly MovedRange[], bus: number, length: number): NewPlace | undefined {
  const first = moves.find((move) => contains(move.from, move.length, bus))
  if (first === undefined) return undefined
  const place = { bus: first.bus + bus - first.from, cpu: first.cpu + bus - first.from }
  for (let at = first.from + first.length; at < bus + length;) {
    const next = moves.find((move) => contains(move.from, move.length, at))
    if (next === undefined) return undefined
    const inStep = next.bus - next.from === first.bus - first.from && next.cpu - next.from === first.cpu - first.from
    if (!inStep) return undefined
    at = next.from + next.length
  }
  return place
}

/** Some of it is in a range. */
export const isTouched = (moves: readonly MovedRange[], bus: number, length: number): boolean =>
  moves.some((move) => bus < move.from + move.length && move.from < bus + length)
