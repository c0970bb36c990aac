/** IO page tables as the hardware walks them: a radix of 512-entry tables with leaves of 1 GiB, 2 MiB and 4 KiB. */
import { addWords, mixA, type Shared, UNWATCHED } from '@barter/core'
import {
  bothOn2M,
  ENTRIES,
  index1G,
  index2M,
  index4K,
  LEAF_1G,
  LEAF_2M,
  LEAF_4K,
  on4K,
  topIndex,
  wholeGib,
  withinGib,
} from './bitfield.ts'

/** Rights of a leaf: the device may read memory, write it, or both. */
export const READ = 1
export const WRITE = 2
export type Rights = 1 | 2 | 3

/** State of an entry beside the rights of a leaf. */
const EMPTY = 0
const TABLE = 4

/** One leaf as a walk finds it. Addresses and lengths in bytes. */
export interface Leaf {
  readonly table: PageTable
  readonly start: number
  readonly length: number
  /** Physical address of the first byte. */
  readonly target: number
  readonly rights: number
}

class Level {
  readonly state = new Uint8Array(ENTRIES)
  readonly below: (Level | undefined)[] = []
  #target: Float64Array | undefined

  /** Physical addresses of leaves. Most levels have none. */
  get target(): Float64Array {
    this.#target ??= new Float64Array(ENTRIES)
    return this.#target
  }
}

export class PageTable {
  /** Tag of its entries in the IOTLB. */
  readonly name: string
  readonly #top = new Map<number, Level>()
  #mapped = 0

  /** For explorers: the translations, and what the IOTLB has of them, each with one word. */
  readonly shared: Shared
  #word = 0
  #cached = 0
  readonly #words = new Map<number, { readonly length: number; readonly word: number }>()

  constructor(name: string, shared: Shared = UNWATCHED) {
    this.name = name
    this.shared = shared
  }

  /** Bytes mapped. */
  get mapped(): number {
    return this.#mapped
  }

  /**
   * Write leaves, the biggest that alignment allows. The range must be empty, see `firstMapped`.
   * **Units** bytes, multiples of 4 KiB.
   */
  map(at: number, target: number, length: number, rights: Rights): void {
    this.#noteMapped(at, target, length, rights)
    this.#mapped += length
    let left = length
    let io = at
    let memory = target
    while (left > 0) {
      const done = this.#mapRun(io, memory, left, rights)
      io += done
      memory += done
      left -= done
    }
  }

  /**
   * Clear all leaves that lie inside a range; one that reaches out of it stays whole, since it cannot be cut. Gives the
   * number of bytes that were unmapped.
   */
  unmap(at: number, length: number): number {
    const end = at + length
    let cleared = 0
    for (let io = at; io < end;) {
      const gib = wholeGib(io)
      const { level, index, size, start } = this.#find(gib, withinGib(io, gib))
      const inside = start >= at && start + size <= end
      if (!inside || level === undefined || level.state[index] === EMPTY) {
        io = start + size
        continue
      }
      const count = clearRun(level, index, Math.floor((end - start) / size))
      cleared += count * size
      io = start + count * size
    }
    this.#mapped -= cleared
    this.#noteUnmapped(at, length, cleared)
    return cleared
  }

  /** Walk to the leaf that maps an address. `undefined`: a hole. */
  walk(address: number): Leaf | undefined {
    const gib = wholeGib(address)
    const { level, index, size, start } = this.#find(gib, withinGib(address, gib))
    const rights = level?.state[index] ?? EMPTY
    if (level === undefined || rights === EMPTY) return undefined
    return { table: this, start, length: size, target: level.target[index] ?? 0, rights }
  }

  /** The first mapped address in a range. */
  firstMapped(at: number, length: number): number | undefined {
    for (let io = at; io < at + length;) {
      const gib = wholeGib(io)
      const { level, index, size, start } = this.#find(gib, withinGib(io, gib))
      if (level !== undefined && level.state[index] !== EMPTY) {
        this.shared.readValue(io)
        return io
      }
      io = start + size
    }
    this.shared.readValue(0)
    return undefined
  }

  /** What the IOTLB has of it changes. **Shape** `change`: of a sum over entries. */
  noteCached(change: number): void {
    this.#cached = addWords(this.#cached, change)
    this.#told()
  }

  #noteMapped(at: number, target: number, length: number, rights: Rights): void {
    const word = mixA(mixA(mixA(at, target), length), rights)
    this.#words.set(at, { length, word })
    this.#word = addWords(this.#word, word)
    this.#told()
  }

  /** What goes as it came leaves nothing behind. */
  #noteUnmapped(at: number, length: number, cleared: number): void {
    this.shared.readValue(cleared)
    if (cleared === 0) return
    const known = this.#words.get(at)
    if (known?.length === length && cleared === length) {
      this.#words.delete(at)
      this.#word = addWords(this.#word, -known.word)
    } else this.#word = mixA(mixA(this.#word, at), length)
    this.#told()
  }

  #told(): void {
    this.shared.writeValue(mixA(this.#word, this.#cached))
  }

  /** The entry where a walk ends: a leaf, or the highest empty one, and what it spans. */
  #find(gib: number, within: number): { level: Level | undefined; index: number; size: number; start: number } {
    const giga = this.#top.get(topIndex(gib))
    const gigaStart = gib * LEAF_1G
    const i = index1G(gib)
    if (giga?.state[i] !== TABLE) return { level: giga, index: i, size: LEAF_1G, start: gigaStart }
    const mega = giga.below[i]
    const j = index2M(within)
    const megaStart = gigaStart + j * LEAF_2M
    if (mega?.state[j] !== TABLE) return { level: mega, index: j, size: LEAF_2M, start: megaStart }
    const k = index4K(within)
    return { level: mega.below[j], index: k, size: LEAF_4K, start: megaStart + k * LEAF_4K }
  }

  /** Fill one run of equal leaves inside one table; gives the bytes done. */
  #mapRun(at: number, target: number, left: number, rights: Rights): number {
    const gib = wholeGib(at)
    const within = withinGib(at, gib)
    const targetWithin = withinGib(target, wholeGib(target))
    if (!on4K(within) || !on4K(targetWithin) || left < LEAF_4K) throw new RangeError('leaves are of 4 KiB at least')
    const giga = this.#gigaLevel(gib)
    if (within === 0 && targetWithin === 0 && left >= LEAF_1G) {
      return fill(giga, index1G(gib), target, left, LEAF_1G, rights)
    }
    const mega = levelBelow(giga, index1G(gib))
    if (bothOn2M(within, targetWithin) && left >= LEAF_2M) {
      return fill(mega, index2M(within), target, left, LEAF_2M, rights)
    }
    // A run ends with its table, so a bigger leaf begins as soon as it fits.
    return fill(levelBelow(mega, index2M(within)), index4K(within), target, left, LEAF_4K, rights)
  }

  #gigaLevel(gib: number): Level {
    const found = this.#top.get(topIndex(gib))
    if (found !== undefined) return found
    const made = new Level()
    this.#top.set(topIndex(gib), made)
    return made
  }
}

function levelBelow(level: Level, index: number): Level {
  const found = level.state[index] === TABLE ? level.below[index] : undefined
  if (found !== undefined) return found
  const made = new Level()
  level.state[index] = TABLE
  level.below[index] = made
  return made
}

function fill(level: Level, first: number, target: number, left: number, size: number, rights: Rights): number {
  const count = Math.min(ENTRIES - first, Math.floor(left / size))
  const { state, target: targets } = level
  for (let i = 0; i < count; i++) {
    state[first + i] = rights
    targets[first + i] = target + i * size
  }
  return count * size
}

/** Clear leaves from `first` on, `most` at the most, up to a hole or the end of the table. Gives how many. */
function clearRun(level: Level, first: number, most: number): number {
  const { state } = level
  const last = Math.min(ENTRIES, first + most)
  let at = first
  while (at < last && state[at] !== EMPTY && state[at] !== TABLE) state[at++] = EMPTY
  return at - first
}
