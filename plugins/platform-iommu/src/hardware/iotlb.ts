/**
 * The IOTLB: remembers leaves. An entry stays until it is flushed or another takes its slot, also when the table it
 * came from has long changed: that is what makes a forgotten flush dangerous.
 */
import { addWords, hashOfText, type Kernel, mixA, type Shared, UNWATCHED } from '@barter/core'
import { frame2M, frame4K, LEAF_1G, LEAF_2M, LEAF_4K, slotOf, wholeGib, withinGib } from './bitfield.ts'
import type { Leaf, PageTable } from './page-table.ts'

export class Iotlb {
  /** Direct-mapped, 64 entries for each leaf size, so what is forgotten when does not depend on anything else. */
  readonly #small: Slots
  readonly #large: Slots
  readonly #giant: Slots

  /** **Shape** `shared`: makes what explorers are told of the slots. */
  constructor(shared?: Kernel['shared']) {
    this.#small = new Slots('small', shared)
    this.#large = new Slots('large', shared)
    this.#giant = new Slots('giant', shared)
  }

  lookup(table: PageTable, address: number): Leaf | undefined {
    const gib = wholeGib(address)
    const within = withinGib(address, gib)
    return (
      hit(this.#small.leaves[slotOf(frame4K(within))], table, address) ??
      hit(this.#large.leaves[slotOf(frame2M(within))], table, address) ??
      hit(this.#giant.leaves[slotOf(gib)], table, address)
    )
  }

  remember(leaf: Leaf): void {
    const gib = wholeGib(leaf.start)
    const within = withinGib(leaf.start, gib)
    if (leaf.length === LEAF_4K) this.#small.put(slotOf(frame4K(within)), leaf)
    if (leaf.length === LEAF_2M) this.#large.put(slotOf(frame2M(within)), leaf)
    if (leaf.length === LEAF_1G) this.#giant.put(slotOf(gib), leaf)
  }

  /** Forget every entry of `table` that touches the range. **Units** bytes. */
  flush(table: PageTable, at: number, length: number): void {
    // Also where nothing is: an entry that comes later stays.
    table.noteCached(0)
    for (const slots of [this.#small, this.#large, this.#giant]) {
      for (let i = 0; i < slots.leaves.length; i++) {
        const leaf = slots.leaves[i]
        if (leaf?.table === table && leaf.start < at + length && at < leaf.start + leaf.length) slots.put(i, undefined)
      }
    }
  }
}

/** The slots for leaves of one size. */
class Slots {
  readonly #leaves: (Leaf | undefined)[] = []
  /** For explorers: whose entries there are, for who takes a slot. That its own is there its table says. */
  readonly #shared: Shared
  #word = 0

  constructor(size: string, make: Kernel['shared'] = () => UNWATCHED) {
    this.#shared = make(`${size} entries of the IOTLB`)
  }

  get leaves(): readonly (Leaf | undefined)[] {
    return this.#leaves
  }

  /** Both tables hear of it: the one whose entry goes, and the one whose comes. */
  put(slot: number, leaf: Leaf | undefined): void {
    const before = this.#leaves[slot]
    this.#shared.readValue(this.#word)
    this.#leaves[slot] = leaf
    this.#word = addWords(addWords(this.#word, -ownedWord(before, slot)), ownedWord(leaf, slot))
    this.#shared.writeValue(this.#word)
    before?.table.noteCached(-wordOf(before))
    leaf?.table.noteCached(wordOf(leaf))
  }
}

const wordOf = ({ start, length, target, rights }: Leaf): number => mixA(mixA(mixA(start, length), target), rights)

/** With whose it is, and where. */
const ownedWord = (leaf: Leaf | undefined, slot: number): number =>
  leaf === undefined ? 0 : mixA(hashOfText(leaf.table.name, slot), wordOf(leaf))

const hit = (leaf: Leaf | undefined, table: PageTable, address: number): Leaf | undefined =>
  leaf !== undefined && leaf.table === table && address >= leaf.start && address < leaf.start + leaf.length
    ? leaf
    : undefined
