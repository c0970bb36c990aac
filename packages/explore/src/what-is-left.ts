/** What is left to do at the places on the path of a search, and which of it another worker may do. */
import type { Frame, Subtree } from './frame.ts'
import { savedSleepers } from './saved-sleeper.ts'
import type { ThingNames } from './thing-names.ts'

/** Places with a smaller share of the search do not show in a percentage. */
const SMALLEST_WIDTH = 1e-6

/** Share of the search that is left, from 0 to 1. */
export function shareLeft(frames: readonly Frame[]): number {
  let left = 0
  for (const { candidates, next, width } of frames) {
    if (width < SMALLEST_WIDTH) break
    left += width * Math.max(0, 1 - next / candidates.length)
  }
  return left
}

/** The candidates of a place from number `from` on. */
interface Part {
  readonly frame: Frame
  readonly from: number
}

/** What another may do: all that is left at the place nearest to the root, except for one candidate if nothing else is left. */
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

/** Each place where something is left, with all of it. */
export const allParts = (frames: readonly Frame[]): readonly Part[] =>
  frames.filter(({ candidates, next }) => next < candidates.length).map((frame) => ({ frame, from: frame.next }))

/** Take a part away from this search. **Shape** `path`: the path of the search, which passes the place; `names`: its own. */
export function takePart({ frame, from }: Part, path: readonly number[], names: ThingNames): Subtree {
  const { depth, first, others, asleep, preemptions, stateA, stateB } = frame
  const width = frame.width * (1 - from / frame.candidates.length)
  frame.width -= width
  return {
    path: path.slice(0, depth),
    candidates: frame.candidates.splice(from),
    asleep: savedSleepers(asleep, names),
    preemptions,
    state: [stateA, stateB],
    first,
    others: [...others],
    width,
  }
}
