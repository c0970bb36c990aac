/**
 * A step that makes a count one more, or one less, and does not look at it, does the same at any count but at the last few. So it
 * is remembered by how much it changes the count, and not by what the count was.
 */
import { ADDS_VALUE, CHANGES_BY, COUNTS_VALUE, DROPS, isOfThing, LEAVES_ONE, NOTES_VALUE, WORDS } from './recorder.ts'

const TELLS_COUNT: ReadonlySet<number> = new Set([ADDS_VALUE, NOTES_VALUE, COUNTS_VALUE])
/** Of a count that goes down, beside the count. */
const BESIDE: ReadonlySet<number> = new Set([DROPS, LEAVES_ONE])

/**
 * Put in place of each such change by how much it was. **Shape** `words` of a step, with things as numbers; `countOf`: what
 * it was before the step, `undefined` if that is no count.
 */
export function countByChanges(words: Int32Array, countOf: (thing: number) => number | undefined): void {
  for (let i = 0; i < words.length; i += WORDS) {
    const [what = 0, thing = 0, count = 0, by = 0] = words.subarray(i, i + WORDS)
    if (!TELLS_COUNT.has(what) || Math.abs(by) !== 1 || countOf(thing) !== count - by) continue
    if (isTouchedElsewhere(words, i)) continue
    words[i] = CHANGES_BY
    words[i + 2] = what
  }
}

/** The step looks at the thing of that word, or changes it again. */
function isTouchedElsewhere(words: Int32Array, at: number): boolean {
  for (let i = 0; i < words.length; i += WORDS) {
    const what = words[i] as number
    if (i !== at && isOfThing(what) && words[i + 1] === words[at + 1] && !BESIDE.has(what)) return true
  }
  return false
}
