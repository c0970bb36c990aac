/** How sorts of things are touched, from the point of view of one thread; valid from run to run. */
import { AGAINST } from './touched.ts'

/** **Shape** from a slot (twice a sort of things, plus one for those of the thread's own group) to bits of `Touched`. */
export type Slots = Map<number, number>

/** Add bits to a slot. **Shape** gives whether any is new. */
export function raise(slots: Slots, slot: number, bits: number): boolean {
  const before = slots.get(slot) ?? 0
  if ((before | bits) === before) return false
  slots.set(slot, before | bits)
  return true
}

/** Do the bits of this slot conflict with these? */
export function meetsAt(slots: Slots, slot: number, bits: number): boolean {
  const theirs = slots.get(slot)
  if (theirs === undefined) return false
  return (theirs & (AGAINST[bits] as number)) !== 0
}
