/**
 * The IOTLB: remembers leaves. An entry stays until it is flushed or another takes its slot, also when the table it
 * came from has long changed: that is what makes a forgotten flush dangerous.
 */
import { mixA } from '@barter/core'
import { frame2M, frame4K, LEAF_1G, LEAF_2M, LEAF_4K, slotOf, wholeGib, withinGib } from './bitfield.ts'
import type { Leaf, PageTable } from './page-table.ts'

export class Iotlb {
  /** Direct-mapped, 64 entries for each leaf size, so what is forgotten when does not depend on anything else. */
  readonly #small: (Leaf | undefined)[] = []
  readonly #large: (Leaf | undefined)[] = []
  readonly #giant: (Leaf | undefined)[] = []

  lookup(table: PageTable, address: number): Leaf | undefined {
    const gib = wholeGib(address)
    const within = withinGib(address, gib)
    return (
      hit(this.#small[slotOf(frame4K(within))], table, address) ??
      hit(this.#large[slotOf(frame2M(within))], table, address) ??
      hit(this.#giant[slotOf(gib)], table, address)
    )
  }

  remember(leaf: Leaf): void {
    const gib = wholeGib(leaf.start)
    const within = withinGib(leaf.start, gib)
    if (leaf.length === LEAF_4K) put(this.#small, slotOf(frame4K(within)), leaf)
    if (leaf.length === LEAF_2M) put(this.#large, slotOf(frame2M(within)), leaf)
    if (leaf.length === LEAF_1G) put(this.#giant, slotOf(gib), leaf)
  }

  /** Forget every entry of `table` that touches the range. **Units** bytes. */
  flush(table: PageTable, at: number, length: number): void {
    // Also where nothing is: an entry that comes later stays.
    table.noteCached(0)
    for (const slots of [this.#small, this.#large, this.#giant]) {
      for (let i = 0; i < slots.length; i++) {
        const leaf = slots[i]
        if (leaf?.table === table && leaf.start < at + length && at < leaf.start + leaf.length) put(slots, i, undefined)
      }
    }
  }
}

/** Both tables hear of it: the one whose entry goes, and the one whose comes. */
function put(slots: (Leaf | undefined)[], slot: number, leaf: Leaf | undefined): void {
  const before = slots[slot]
  slots[slot] = leaf
  before?.table.noteCached(-wordOf(before))
  leaf?.table.noteCached(wordOf(leaf))
}

const wordOf = ({ start, length, target, rights }: Leaf): number => mixA(mixA(mixA(start, length), target), rights)

const hit = (leaf: Leaf | undefined, table: PageTable, address: number): Leaf | undefined =>
  leaf !== undefined && leaf.table === table && address >= leaf.start && address < leaf.start + leaf.length
    ? leaf
    : undefined
