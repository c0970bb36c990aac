/** What was written to BARs and memory, as one word that says what is there now. */
import { addWords, hashOfText, type Landing, mixA } from '@barter/core'

interface Written {
  readonly offset: number
  readonly length: number
  /** Stands for the bytes. */
  readonly word: number
}

export class WrittenPlaces {
  word = 0
  /** By region and offset; no two of a region overlap. */
  readonly #places = new Map<string, Map<number, Written>>()

  /**
   * Bytes arrive; `word` stands for them. **Shape** true when that commutes with all writes for which it is true: they were
   * there already, or nobody has written there before.
   */
  write(landing: Landing, length: number, word: number): boolean {
    const [region, offset] = placeOf(landing)
    const places = this.#places.get(region) ?? new Map<number, Written>()
    this.#places.set(region, places)
    const before = places.get(offset)
    if (before?.length === length) return this.#again(places, before, region, word)
    const under = [...places.values()].filter((one) => one.offset < offset + length && offset < one.offset + one.length)
    for (const one of under) places.delete(one.offset)
    const written = { offset, length, word }
    places.set(offset, written)
    if (under.length === 0) this.word = addWords(this.word, wordOf(region, written))
    // Part of what was there is left, so who came last counts.
    else this.word = mixA(this.word, wordOf(region, written))
    return under.length === 0
  }

  #again(places: Map<number, Written>, before: Written, region: string, word: number): boolean {
    if (before.word === word) return true
    const written = { ...before, word }
    places.set(before.offset, written)
    this.word = addWords(this.word, wordOf(region, written) - wordOf(region, before))
    return false
  }
}

const wordOf = (region: string, { offset, length, word }: Written): number =>
  mixA(hashOfText(`${region} ${offset} ${length}`), word)

function placeOf(landing: Landing): readonly [string, number] {
  if (landing.kind === 'bar') return [`${landing.device} ${landing.bar}`, landing.offset]
  return ['memory', landing.kind === 'memory' ? landing.address : 0]
}
