/** A small random generator (sfc32): the same seed gives the same numbers on every host. Not for secrets. */

const WORD = 2 ** 32
/** Rounds after which the seed has reached every bit of the state. */
const WARM_UP = 15

export type RandomState = readonly [number, number, number, number]

export class Random {
  #a: number
  #b: number
  #c = 0x9e3779b9 | 0
  #counter = 1

  /** `stream` makes several generators of one seed that have nothing to do with each other. */
  constructor(seed: number, stream = 0) {
    this.#a = seed | 0
    this.#b = Math.floor(seed / WORD) | 0
    this.#c = Math.imul(this.#c, stream * 2 + 1)
    for (let i = 0; i < WARM_UP; i++) this.word()
  }

  /** What it takes to go on from here. */
  get state(): RandomState {
    return [this.#a, this.#b, this.#c, this.#counter]
  }

  /** Goes on with what was its `state`. */
  static at([a, b, c, counter]: RandomState): Random {
    const random = new Random(0)
    random.#a = a
    random.#b = b
    random.#c = c
    random.#counter = counter
    return random
  }

  /** A whole number in `[0, 2^32)`. */
  word(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  /** A whole number in `[0, limit)`, for limits up to 2^53. The bias of the multiplication is below 2^-21. */
  below(limit: number): number {
    if (!Number.isInteger(limit) || limit < 1 || limit > Number.MAX_SAFE_INTEGER) {
      throw new RangeError(`a random number below ${limit} is asked for`)
    }
    if (limit === 1) return 0
    const fraction = limit <= 2 ** 11 ? this.word() / WORD : this.#fine()
    return Math.floor(fraction * limit)
  }

  /** True once in `1 / share` times. */
  chance(share: number): boolean {
    return this.word() < share * WORD
  }

  /** In `[0, 1)`, with all 53 bits of a double. */
  #fine(): number {
    const high = this.word() >>> 5
    const low = this.word() >>> 6
    return (high * 2 ** 26 + low) / 2 ** 53
  }
}
