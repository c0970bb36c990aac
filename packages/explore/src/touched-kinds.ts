/**
 * What steps touched, as a thread of a group sees it, by sorts of things: there are few of these, and each is asked about
 * again and again.
 */
import { mixA, mixB } from '@barter/core'
import { keyOf } from './key-of.ts'
import { DOWN, raise, type Slots } from './slots.ts'
import type { Touched } from './touched.ts'

/** What it takes to know a thing from run to run. */
export interface Sorted {
  sortOf(thing: number): number
  groupOf(thing: number): number
}

const START = 0x6a09e667

export class TouchedKind {
  readonly id: number
  readonly slots: readonly (readonly [slot: number, bits: number])[]
  readonly goesDown: boolean
  /** Numbers of nodes that were relied on not to do what conflicts with it. */
  readonly reliedOn = new Set<number>()
  readonly #answers = new Map<number, boolean>()
  #version = -1

  constructor(id: number, slots: readonly (readonly [slot: number, bits: number])[]) {
    this.id = id
    this.slots = slots
    this.goesDown = slots.some(([slot]) => slot === DOWN)
  }

  /** By the number of a node: may it do what conflicts? Forgotten when more is known. */
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

  /** As a thread of `group` sees it. */
  of(touched: Touched, group: number, things: Sorted): TouchedKind {
    // To all of whom nothing of it is the own it is the same.
    const who = touched.isOf(group, things) ? group : NOBODY
    const known = touched.kinds.get(who)
    if (known !== undefined) return known
    const kind = this.#find(slotsOf(touched, who, things))
    touched.kinds.set(who, kind)
    return kind
  }

  /** Nothing rests on anybody any more. */
  forgetRelied(): void {
    for (const kinds of this.#kinds.values()) for (const { reliedOn } of kinds) reliedOn.clear()
  }

  #find(slots: Slots): TouchedKind {
    let a = START
    let b = START
    for (const [slot, bits] of slots) {
      const low = mixA(slot | 0, bits)
      a = mixA(a, low)
      b = mixB(mixB(b, low), Math.floor(slot / TWO_32))
    }
    const key = keyOf(a, b)
    const alike = this.#kinds.get(key)
    const found = alike?.find((kind) => isSame(kind.slots, slots))
    if (found !== undefined) return found
    const kind = new TouchedKind(this.#count++, [...slots])
    if (alike === undefined) this.#kinds.set(key, [kind])
    else alike.push(kind)
    return kind
  }
}

const NOBODY = -2
const TWO_32 = 2 ** 32

function isSame(kept: readonly (readonly [slot: number, bits: number])[], slots: Slots): boolean {
  return kept.length === slots.size && kept.every(([slot, bits]) => slots.get(slot) === bits)
}

function slotsOf(touched: Touched, group: number, things: Sorted): Slots {
  const slots: Slots = new Map()
  for (const [thing, bits] of touched.all) {
    const isOwn = thing !== DOWN && group >= 0 && things.groupOf(thing) === group
    const slot = thing === DOWN ? DOWN : 2 * things.sortOf(thing) + (isOwn ? 1 : 0)
    raise(slots, slot, bits)
  }
  return slots
}
