/**
 * What steps touched, by sorts of things and from the point of view of a group: few different kinds of that exist, and each is
 * asked about again and again.
 */
import { mixA, mixB } from '@barter/core'
import { keyOf } from './key-of.ts'
import { DOWN, type Touched } from './touched.ts'

/** What identifies things from run to run. */
export interface Sorted {
  sortOf(thing: number): number
  groupOf(thing: number): number
}

const START = 0x6a09e667
const TWO_32 = 2 ** 32
const NOBODY = -2

export class TouchedKind {
  readonly id: number
  readonly slots: readonly (readonly [slot: number, bits: number])[]
  readonly goesDown: boolean
  /** Numbers of the nodes (see futures.ts) that were relied on not to conflict with it. */
  readonly reliedOn = new Set<number>()
  readonly #answers = new Map<number, boolean>()
  #version = -1

  constructor(id: number, slots: readonly (readonly [slot: number, bits: number])[]) {
    this.id = id
    this.slots = slots
    this.goesDown = slots.some(([slot]) => slot === DOWN)
  }

  /** By the number of a node: may it conflict? Forgotten when more is known. */
  answersOf(version: number): Map<number, boolean> {
    if (this.#version !== version) {
      this.#answers.clear()
      this.#version = version
    }
    return this.#answers
  }
}

export class TouchedKinds {
  readonly #kinds = new Map<number, TouchedKind[]>()
  #count = 0

  /** The kind of this, from the point of view of `group`. */
  of(touched: Touched, group: number, things: Sorted): TouchedKind {
    // It is the same for all groups that own nothing of it.
    const who = touched.isOf(group, things) ? group : NOBODY
    const known = touched.kindFor(who)
    if (known !== undefined) return known
    const kind = this.#find(slotsOf(touched, who, things), touched.all.bits)
    touched.isKindFor(who, kind)
    return kind
  }

  /** No node is relied on any more. */
  forgetRelied(): void {
    for (const kinds of this.#kinds.values()) for (const { reliedOn } of kinds) reliedOn.clear()
  }

  /** The node of that number is not relied on any more. */
  forgetReliedOn(node: number): void {
    for (const kinds of this.#kinds.values()) for (const { reliedOn } of kinds) reliedOn.delete(node)
  }

  #find(slots: readonly number[], bits: readonly number[]): TouchedKind {
    let a = START
    let b = START
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i] as number
      a = mixA(mixA(a, slot | 0), bits[i] as number)
      b = mixB(mixB(b, (slot / TWO_32) | 0), slot | 0)
    }
    const key = keyOf(a, b)
    let alike = this.#kinds.get(key)
    if (alike === undefined) this.#kinds.set(key, (alike = []))
    for (const kind of alike) if (isSame(kind, slots, bits)) return kind
    const kind = new TouchedKind(
      this.#count++,
      slots.map((slot, i) => [slot, bits[i] as number]),
    )
    alike.push(kind)
    return kind
  }
}

function isSame({ slots: kept }: TouchedKind, slots: readonly number[], bits: readonly number[]): boolean {
  if (kept.length !== slots.length) return false
  for (let i = 0; i < slots.length; i++) {
    const [slot, itsBits] = kept[i] as readonly [number, number]
    if (slot !== slots[i] || itsBits !== bits[i]) return false
  }
  return true
}

/** **Shape** one slot for each thing, in order; two may be equal. */
function slotsOf(touched: Touched, group: number, things: Sorted): readonly number[] {
  return touched.all.things.map((thing) => {
    if (thing === DOWN) return DOWN
    return 2 * things.sortOf(thing) + (group >= 0 && things.groupOf(thing) === group ? 1 : 0)
  })
}
