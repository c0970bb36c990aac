/**
 * The states that were reached, by hash: open addressing, three words an entry. Beside its hash, each state keeps which threads
 * were left out there, as bits of their digests: what was left out once may have to be explored later.
 */

export const WORDS_OF_A_STATE = 3
const FIRST_PLACES = 4096
/** Beyond this load the table grows by half: 15 to 23 bytes a state. */
const FULL = 0.8
const GROWTH = 1.5
const TWO_32 = 2 ** 32

/** What a search with state matching needs of a table of states. */
export interface StateTable {
  readonly count: number
  readonly memory: number
  /** No room is left, and the search cannot go on. */
  readonly full: boolean
  enter(a: number, b: number, left: number): number
}

export class VisitedStates implements StateTable {
  /** It grows. */
  readonly full = false
  #places = FIRST_PLACES
  #words = new Int32Array(WORDS_OF_A_STATE * FIRST_PLACES)
  #count = 0

  get count(): number {
    return this.#count
  }

  /** **Units** bytes. */
  get memory(): number {
    return this.#words.byteLength
  }

  /**
   * Enter the state with `left`, the bits of threads that are not explored from it this time. **Shape** gives the bits that
   * had not been explored before; -1 (all of them) if the state is new. Afterwards it keeps what no visit explores.
   */
  enter(a: number, b: number, left: number): number {
    // Zero marks an empty entry.
    const key = a === 0 && b === 0 ? 1 : a
    let at = this.#find(key, b)
    if (this.#isFree(at)) {
      if (++this.#count > FULL * this.#places) {
        this.#grow()
        at = this.#find(key, b)
      }
      this.#words[at] = key
      this.#words[at + 1] = b
      this.#words[at + 2] = left
      return -1
    }
    const before = this.#words[at + 2] as number
    this.#words[at + 2] = before & left
    return before
  }

  /** The words of the table, for a checkpoint. */
  save(): Int32Array {
    return this.#words.slice()
  }

  /** The table that was saved. */
  static of(words: Int32Array, count: number): VisitedStates {
    const visited = new VisitedStates()
    visited.#words = words.slice()
    visited.#places = words.length / WORDS_OF_A_STATE
    visited.#count = count
    return visited
  }

  #find(a: number, b: number): number {
    const words = this.#words
    const end = words.length
    let at = Math.floor(((a >>> 0) / TWO_32) * this.#places) * WORDS_OF_A_STATE
    while (!(words[at] === 0 && words[at + 1] === 0)) {
      if (words[at] === a && words[at + 1] === b) return at
      at += WORDS_OF_A_STATE
      if (at === end) at = 0
    }
    return at
  }

  #isFree(at: number): boolean {
    return this.#words[at] === 0 && this.#words[at + 1] === 0
  }

  #grow(): void {
    const old = this.#words
    this.#places = Math.ceil(this.#places * GROWTH)
    this.#words = new Int32Array(this.#places * WORDS_OF_A_STATE)
    for (let i = 0; i < old.length; i += WORDS_OF_A_STATE) {
      if (old[i] === 0 && old[i + 1] === 0) continue
      const at = this.#find(old[i] as number, old[i + 1] as number)
      this.#words[at] = old[i] as number
      this.#words[at + 1] = old[i + 1] as number
      this.#words[at + 2] = old[i + 2] as number
    }
  }
}
