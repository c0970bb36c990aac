/**
 * The states that several workers have reached together, in shared memory: an entry is claimed by one atomic exchange, so a
 * state is explored by the worker that comes first. The table does not grow; when it is full, all continue with a larger one.
 */
import type { StateTable } from './visited-states.ts'

const WORDS = 3
/** Words before the entries: how many are taken. */
const HEAD = 1
const FULL = 0.8
const TWO_32 = 2 ** 32

export class SharedStates implements StateTable {
  readonly buffer: SharedArrayBuffer
  readonly #words: Int32Array
  readonly #places: number

  /** **Shape** `buffer`: of `SharedStates.sized`, here or in another thread. */
  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.#words = new Int32Array(buffer)
    this.#places = (this.#words.length - HEAD) / WORDS
  }

  static sized(places: number): SharedStates {
    return new SharedStates(new SharedArrayBuffer(4 * (HEAD + WORDS * places)))
  }

  /** **Shape** `words`: as they were saved. */
  static of(words: Int32Array): SharedStates {
    const states = SharedStates.sized(words[0] ?? 0)
    states.#enterAll(words)
    return states
  }

  /** Enter the states of another table, while no worker runs. */
  enterAll(others: SharedStates): void {
    this.#enterAll(others.#words)
  }

  /** The size, and the words of the entries, for a checkpoint, while no worker runs. */
  save(): Int32Array {
    const saved = new Int32Array(HEAD + WORDS * this.count)
    saved[0] = this.#places
    let end = HEAD
    for (let at = HEAD; at < this.#words.length; at += WORDS) {
      if (this.#words[at] === 0) continue
      saved.set(this.#words.subarray(at, at + WORDS), end)
      end += WORDS
    }
    return saved
  }

  get places(): number {
    return this.#places
  }

  get count(): number {
    return Atomics.load(this.#words, 0)
  }

  get memory(): number {
    return this.buffer.byteLength
  }

  get full(): boolean {
    return this.count > FULL * this.#places
  }

  /** As `VisitedStates.enter`. */
  enter(a: number, b: number, left: number): number {
    const words = this.#words
    // Zero marks an entry that is empty, or not written yet.
    const first = a === 0 ? 1 : a
    const second = b === 0 ? 1 : b
    let place = Math.floor(((first >>> 0) / TWO_32) * this.#places)
    for (;;) {
      const at = HEAD + place * WORDS
      const before = Atomics.compareExchange(words, at, 0, first)
      if (before === 0) {
        Atomics.store(words, at + 2, left)
        Atomics.store(words, at + 1, second)
        Atomics.add(words, 0, 1)
        return -1
      }
      if (before === first && this.#secondAt(at) === second) return Atomics.and(words, at + 2, left)
      if (++place === this.#places) place = 0
    }
  }

  #enterAll(words: Int32Array): void {
    for (let at = HEAD; at < words.length; at += WORDS) {
      const first = words[at] as number
      if (first !== 0) this.enter(first, words[at + 1] as number, words[at + 2] as number)
    }
  }

  /** Wait for the worker that claimed the entry to write it. */
  #secondAt(at: number): number {
    let second = 0
    while (second === 0) second = Atomics.load(this.#words, at + 1)
    return second
  }
}
