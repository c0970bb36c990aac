/** Names of things that are valid from run to run: by kind, sort and group, and a number among those. */
import { mixA, mixB } from '@barter/core'
import { grown } from './grown.ts'
import { keyOf } from './key-of.ts'

const ENTRIES = 64
/** Sort and kind may be the same number, and must not cancel out. */
const START = 0x3c6ef372

/** What a name stands for, in every process: of things of that kind, group and sort, the how manieth at one time. */
export type NameOf = readonly [kind: number, group: number, sort: number, place: number]

export class ThingNames {
  /** By kind, group and sort: the names given, in order. */
  readonly #series = new Map<number, number[]>()
  #words = new Int32Array(ENTRIES)
  readonly #all: NameOf[] = []
  #count = 0

  /** How many there are; they are numbered from 0. */
  get count(): number {
    return this.#count
  }

  /** The next name of that kind, group and sort that is not taken. */
  next(kind: number, group: number, sort: number, taken: (name: number) => boolean): number {
    const series = this.#seriesOf(kind, group, sort)
    for (const name of series) if (!taken(name)) return name
    const name = this.#count++
    if (name >= this.#words.length) this.#words = grown(this.#words)
    this.#words[name] = mixA(firstWord(kind, group, sort), series.length)
    this.#all.push([kind, group, sort, series.length])
    series.push(name)
    return name
  }

  whatIs(name: number): NameOf {
    return this.#all[name] as NameOf
  }

  numberOf([kind, group, sort, place]: NameOf): number {
    const series = this.#seriesOf(kind, group, sort)
    while (series.length <= place) this.next(kind, group, sort, () => true)
    return series[place] as number
  }

  #seriesOf(kind: number, group: number, sort: number): number[] {
    const key = keyOf(firstWord(kind, group, sort), mixB(mixB(mixB(START, sort), kind), group))
    let series = this.#series.get(key)
    if (series === undefined) {
      series = []
      this.#series.set(key, series)
    }
    return series
  }

  /** A digest of what the name stands for: unlike its number, the same in every process. */
  wordOf(name: number): number {
    return this.#words[name] as number
  }
}

const firstWord = (kind: number, group: number, sort: number): number => mixA(mixA(mixA(START, sort), kind), group)
