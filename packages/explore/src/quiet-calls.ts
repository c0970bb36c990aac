/**
 * The calls that threads are in and that return nothing. A thread forgets what it learned inside one, so what it knew before is
 * kept here.
 */
import { grown } from './grown.ts'

/** Depth of nested calls up to which that is done. */
const MOST_CALLS = 4
/** Words of a call: two for what the thread knew, one for what it had made. */
const PER_CALL = 3
/** Words of a thread: the depth, then its calls. */
const ROW = 1 + PER_CALL * MOST_CALLS
const THREADS = 8

export class QuietCalls {
  #rows = new Int32Array(ROW * THREADS)

  /** A new thread is in no call. */
  add(thread: number): void {
    while (ROW * (thread + 1) > this.#rows.length) this.#rows = grown(this.#rows)
    this.#rows[ROW * thread] = 0
  }

  /** **Shape** gives whether what it learns inside will be forgotten. */
  enter(thread: number, knownA: number, knownB: number, made: number): boolean {
    const rows = this.#rows
    const row = ROW * thread
    const depth = rows[row] as number
    rows[row] = depth + 1
    if (depth >= MOST_CALLS) return false
    const call = row + 1 + PER_CALL * depth
    rows[call] = knownA
    rows[call + 1] = knownB
    rows[call + 2] = made
    return true
  }

  /** **Shape** gives the call, for `knownA`, `knownB` and `made`; -1 for one that was too deep. */
  leave(thread: number): number {
    const row = ROW * thread
    const depth = (this.#rows[row] as number) - 1
    this.#rows[row] = depth
    return depth >= MOST_CALLS ? -1 : row + 1 + PER_CALL * depth
  }

  knownA(call: number): number {
    return this.#rows[call] as number
  }

  knownB(call: number): number {
    return this.#rows[call + 1] as number
  }

  made(call: number): number {
    return this.#rows[call + 2] as number
  }

  /** Words that `save` needs. */
  savedLength(threads: number): number {
    return ROW * threads
  }

  /** **Shape** gives the index behind what it wrote. */
  save(into: Int32Array, at: number, threads: number): number {
    into.set(this.#rows.subarray(0, ROW * threads), at)
    return at + ROW * threads
  }

  /** **Shape** gives the index behind what it read. */
  restore(from: Int32Array, at: number, threads: number): number {
    const end = at + ROW * threads
    this.#rows.set(from.subarray(at, end))
    return end
  }
}
