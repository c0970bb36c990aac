/**
 * What a step touched, as sets of bits: two steps whose bits do not meet commute. Where there are many things some share a bit,
 * which only costs time.
 */
import { ADD, COMES, DROPPED, type Mode, NOTED, READ, WAITED } from './access-mode.ts'
import type { History } from './history.ts'

/** **Shape** what was read, changed, added to, in turn: three words for each 32 things. */
export type Footprint = readonly number[]

const WORD = 32
const MOST_WORDS = 8
export const READS = 0
export const CHANGES = 1
export const ADDS = 2
const KINDS = 3

/** The footprint of the step that `history` has just heard. */
export function footprintOf(history: History): Footprint {
  const touched: number[] = []
  const { thingAt, modeAt, nameAt } = history
  for (let i = 0; i < history.count; i++) addTo(touched, nameAt[thingAt[i] as number] as number, modeAt[i] as Mode)
  return touched
}

/** Add one access. **Shape** `thing`: its name, which holds where a run makes things in another order. */
export function addTo(touched: number[], thing: number, mode: Mode): void {
  if (mode === NOTED) return
  const kind =
    mode === READ || mode === WAITED ? READS : mode === ADD || mode === DROPPED || mode === COMES ? ADDS : CHANGES
  addBits(touched, thing, kind)
}

/** The same, of one kind. */
export function addBits(touched: number[], thing: number, kind: number): void {
  const word = wordOf(thing)
  while (touched.length < word + KINDS) touched.push(0)
  touched[word + kind] = (touched[word + kind] as number) | (1 << (thing % WORD))
}

/** Was it touched in that way, or another one that shares its bit? */
export const hasBit = (touched: Footprint, thing: number, kind: number): boolean =>
  ((touched[wordOf(thing) + kind] ?? 0) & (1 << (thing % WORD))) !== 0

const wordOf = (thing: number): number => KINDS * (Math.floor(thing / WORD) % MOST_WORDS)

/** All words of one kind in one: more things share a bit. */
export function folded(footprint: Footprint, kind: number): number {
  let all = 0
  for (let i = kind; i < footprint.length; i += KINDS) all |= footprint[i] as number
  return all
}

/** The footprint of two steps in a row. */
export function joined(x: Footprint, y: Footprint): Footprint {
  const [long, short] = x.length < y.length ? [y, x] : [x, y]
  return long.map((word, i) => word | (short[i] ?? 0))
}

/** Do two steps of different threads conflict? */
export function meet(x: Footprint, y: Footprint): boolean {
  for (let i = 0, end = Math.min(x.length, y.length); i < end; i += 3) {
    const reads = x[i] as number
    const changes = x[i + CHANGES] as number
    const adds = x[i + ADDS] as number
    const theirReads = y[i] as number
    const theirChanges = y[i + CHANGES] as number
    const theirAdds = y[i + ADDS] as number
    if ((changes & (theirReads | theirChanges | theirAdds)) !== 0) return true
    if ((reads & (theirChanges | theirAdds)) !== 0 || (adds & (theirReads | theirChanges)) !== 0) return true
  }
  return false
}

/** Does `x` contain all of `y`? */
export const covers = (x: Footprint, y: Footprint): boolean => y.every((word, i) => (word & ~(x[i] ?? 0)) === 0)
