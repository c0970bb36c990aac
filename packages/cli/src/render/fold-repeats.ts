/** Shortens a story that goes round in circles: what happens again and again is told once, and counted. */
import { groupDigits } from './duration.ts'
import type { Moment } from './moment.ts'

/** Moments of one round at most. */
const LONGEST = 8
/** Rounds that are told before the rest is counted. */
const TOLD = 1

/** **Shape** a block of moments that follows itself at least three times becomes one of them and a line with the count. */
export function foldRepeats(moments: readonly Moment[]): readonly Moment[] {
  const folded: Moment[] = []
  for (let at = 0; at < moments.length;) {
    const { length, rounds } = longestRepeat(moments, at)
    if (rounds < 3) {
      folded.push(...moments.slice(at, at + 1))
      at++
      continue
    }
    const end = at + length * rounds
    folded.push(...moments.slice(at, at + length * TOLD), countOf(moments[end - 1], rounds - TOLD, length))
    at = end
  }
  return folded
}

function countOf(last: Moment | undefined, rounds: number, length: number): Moment {
  const what = length === 1 ? 'the same' : `the last ${length} moments`
  const until = groupDigits(last?.tick ?? 0)
  return {
    tick: last?.tick ?? 0,
    who: '',
    text: `... ${what} ${rounds} more times, until ${until}`,
    tone: 'faint',
    part: 'event',
    weight: 'passing',
  }
}

/** The block at `at` whose repetition covers most. */
function longestRepeat(moments: readonly Moment[], at: number): { readonly length: number; readonly rounds: number } {
  let best = { length: 1, rounds: 1 }
  for (let length = 1; length <= LONGEST && at + length * 2 <= moments.length; length++) {
    let rounds = 1
    while (sameBlock(moments, at, at + length * rounds, length)) rounds++
    if (rounds >= 3 && rounds * length > best.rounds * best.length) best = { length, rounds }
  }
  return best
}

function sameBlock(moments: readonly Moment[], first: number, second: number, length: number): boolean {
  for (let i = 0; i < length; i++) {
    const a = moments[first + i]
    const b = moments[second + i]
    if (a === undefined || b === undefined || a.who !== b.who || a.text !== b.text || a.part !== b.part) return false
  }
  return true
}
