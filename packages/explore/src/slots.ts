/** Sorts of things as one thread sees them, and how it touches those: what is known from run to run. */
import { AGAINST } from './touched.ts'

/** **Shape** by slot, twice a sort of things, and one more for those that are of the thread's own group: bits of `Touched`. */
export type Slots = Map<number, number>

/** **Shape** gives whether that is news. */
export function raise(slots: Slots, slot: number, bits: number): boolean {
  const before = slots.get(slot) ?? 0
  if ((before | bits) === before) return false
  slots.set(slot, before | bits)
  return true
}

/** Does what is touched there conflict with this? */
export function meetsAt(slots: Slots, slot: number, bits: number): boolean {
  const theirs = slots.get(slot)
  if (theirs === undefined) return false
  return (theirs & (AGAINST[bits] as number)) !== 0
}
