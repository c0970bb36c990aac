/** What is left to be done at the places on the way of a search, and which of it somebody else may do. */
import type { Frame, Subtree } from './frame.ts'

/** Below that branches are too thin to be seen in a percentage. */
const SMALLEST_WIDTH = 1e-6

/** How much of the search is left there, from 0 to 1. */
export function shareLeft(frames: readonly Frame[]): number {
  let left = 0
  for (const { candidates, next, width } of frames) {
    if (width < SMALLEST_WIDTH) break
    left += width * Math.max(0, 1 - next / candidates.length)
  }
  return left
}

/** Of a place: from which of its candidates on. */
interface Part {
  readonly frame: Frame
  readonly from: number
}

/** What another may do: all that is left at the place nearest to the beginning, or all but one of it where nothing else is left. */
export function partToGive(frames: readonly Frame[]): Part | undefined {
  let found: Frame | undefined
  for (const frame of frames) {
    if (frame.next >= frame.candidates.length) continue
    if (found !== undefined) return { frame: found, from: found.next }
    found = frame
  }
  if (found === undefined || found.next + 1 >= found.candidates.length) return undefined
  return { frame: found, from: found.next + 1 }
}

/** Each place where something is left, with all of that. */
export const allParts = (frames: readonly Frame[]): readonly Part[] =>
  frames.filter(({ candidates, next }) => next < candidates.length).map((frame) => ({ frame, from: frame.next }))

/** It is no more done there. **Shape** `path`: of the search, which goes through the place. */
export function takePart({ frame, from }: Part, path: readonly number[]): Subtree {
  const { depth, first, others, asleep, preemptions, stateA, stateB } = frame
  const width = frame.width * (1 - from / frame.candidates.length)
  frame.width -= width
  return {
    path: path.slice(0, depth),
    candidates: frame.candidates.splice(from),
    asleep: [...asleep],
    preemptions,
    state: [stateA, stateB],
    first,
    others: [...others],
    width,
  }
}
