/**
 * Sums of hashes by group, and over all: so that copies of a part of the machine may change places. What belongs to a group is
 * summed within it, then the groups of a class are, and what belongs to none.
 */
import { mixA, mixB } from '@barter/core'

/** Words of the sum over all. */
const HEAD = 2

export class GroupSums {
  /** Sum over all groups, and over what belongs to none. */
  #sumA = 0
  #sumB = 0
  readonly #classes: Int32Array
  /** Sum over the members of each group. */
  readonly #groupA: Int32Array
  readonly #groupB: Int32Array

  /** **Shape** `classes`: of each group; groups of one class are copies of each other. */
  constructor(classes: Int32Array) {
    this.#classes = classes
    this.#groupA = new Int32Array(classes.length)
    this.#groupB = new Int32Array(classes.length)
    this.restart()
  }

  /** Nothing belongs to any group. */
  restart(): void {
    this.#groupA.fill(0)
    this.#groupB.fill(0)
    this.#sumA = 0
    this.#sumB = 0
    for (const kind of this.#classes) {
      this.#sumA = (this.#sumA + mixA(kind, 0)) | 0
      this.#sumB = (this.#sumB + mixB(kind, 0)) | 0
    }
  }

  get a(): number {
    return this.#sumA | 0
  }

  get b(): number {
    return this.#sumB | 0
  }

  /** Of one group. */
  ofGroup(group: number): number {
    return this.#groupA[group] as number
  }

  /** A hash joins the sums, or leaves them. **Shape** `group`: -1 for none; `sign`: 1 or -1. */
  change(group: number, sign: number, a: number, b: number): void {
    if (group < 0) {
      this.#sumA = (this.#sumA + sign * a) | 0
      this.#sumB = (this.#sumB + sign * b) | 0
      return
    }
    const kind = this.#classes[group] as number
    const beforeA = this.#groupA[group] as number
    const beforeB = this.#groupB[group] as number
    const nowA = (beforeA + sign * a) | 0
    const nowB = (beforeB + sign * b) | 0
    this.#groupA[group] = nowA
    this.#groupB[group] = nowB
    this.#sumA = (this.#sumA - mixA(kind, beforeA) + mixA(kind, nowA)) | 0
    this.#sumB = (this.#sumB - mixB(kind, beforeB) + mixB(kind, nowB)) | 0
  }

  /** Words that `save` needs. */
  get savedLength(): number {
    return HEAD + 2 * this.#groupA.length
  }

  /** **Shape** gives the index behind what it wrote. */
  save(into: Int32Array, at: number): number {
    into[at] = this.#sumA
    into[at + 1] = this.#sumB
    into.set(this.#groupA, at + HEAD)
    into.set(this.#groupB, at + HEAD + this.#groupA.length)
    return at + this.savedLength
  }

  /** **Shape** gives the index behind what it read. */
  restore(from: Int32Array, at: number): number {
    this.#sumA = from[at] as number
    this.#sumB = from[at + 1] as number
    let i = at + HEAD
    for (let group = 0; group < this.#groupA.length; group++) this.#groupA[group] = from[i++] as number
    for (let group = 0; group < this.#groupB.length; group++) this.#groupB[group] = from[i++] as number
    return i
  }
}
