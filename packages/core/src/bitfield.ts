/** Packed words: path keys, whose xor tells where two ways through a tree part, and the cells of the P2P matrix. */

const WORD = 32

/**
 * One key a node: for each level the number of the child taken, packed from the top bit down. A field of 0 means that
 * the path ended above. Widths come from the data, and a key takes as many words as they need.
 */
export class PathKeys {
  readonly #words: number
  readonly #keys: Uint32Array
  /** By level: the word of its field, and the shift within. */
  readonly #word: readonly number[]
  readonly #shift: readonly number[]
  /** By bit, counted from the top of the first word: the level that owns it. */
  readonly #levelOfBit: Uint16Array

  /** **Shape** `count` nodes; `largest`: by level, the largest number in its field. */
  constructor(count: number, largest: readonly number[]) {
    const word: number[] = []
    const shift: number[] = []
    let used = 0
    for (const number of largest) {
      const width = WORD - Math.clz32(number)
      // A field lies within one word, so that one shift sets it.
      if ((used % WORD) + width > WORD) used += WORD - (used % WORD)
      used += width
      word.push(Math.max(0, Math.ceil(used / WORD) - 1))
      shift.push((WORD - (used % WORD)) % WORD)
    }
    this.#words = Math.max(1, Math.ceil(used / WORD))
    this.#keys = new Uint32Array(count * this.#words)
    this.#word = word
    this.#shift = shift
    this.#levelOfBit = new Uint16Array(this.#words * WORD)
    for (const [level, number] of largest.entries()) {
      const last = (word[level] ?? 0) * WORD + (WORD - 1 - (shift[level] ?? 0))
      for (let i = 0; i < WORD - Math.clz32(number); i++) this.#levelOfBit[last - i] = level
    }
  }

  /** What the keys take. **Units** bytes. */
  get bytes(): number {
    return this.#keys.byteLength
  }

  /** Give `node` the path of `parent` (-1: none) and `number` at `level`. */
  set(node: number, parent: number, level: number, number: number): void {
    const words = this.#words
    for (let i = 0; parent >= 0 && i < words; i++) {
      this.#keys[node * words + i] = this.#keys[parent * words + i] ?? 0
    }
    const at = node * words + (this.#word[level] ?? 0)
    this.#keys[at] = ((this.#keys[at] ?? 0) | (number << (this.#shift[level] ?? 0))) >>> 0
  }

  /** The first level at which two paths part, or -1 for one and the same path. */
  parting(a: number, b: number): number {
    const words = this.#words
    const keys = this.#keys
    for (let i = 0; i < words; i++) {
      const difference = (keys[a * words + i] as number) ^ (keys[b * words + i] as number)
      if (difference !== 0) return this.#levelOfBit[i * WORD + Math.clz32(difference)] as number
    }
    return -1
  }
}

/** A cell of the matrix: two bits for the type, the distance above. */
export const CELL_TYPE_BITS = 2
export const packCell = (type: number, distance: number): number => (distance << CELL_TYPE_BITS) | type
export const cellType = (cell: number): number => cell & 3
export const cellDistance = (cell: number): number => cell >>> CELL_TYPE_BITS
