/** Where two sources say different things, as sentences: one for each thing that they differ about in the same way. */
import type { Bdf } from '@barter/core'
import type { FunctionFacts } from './function-facts.ts'
import type { Told } from './merge-functions.ts'

/** More than this is counted and not told. */
const MOST = 100
/** Functions that a sentence names. */
const MOST_NAMES = 4

export class Contradictions {
  readonly #sentences: string[] = []
  /** Functions that are of one vendor in one source and of another in the next. */
  readonly #strangers = new Set<Bdf>()
  /** Functions, by what the sources say of them. */
  readonly #differences = new Map<string, { readonly what: string; readonly words: string; readonly bdfs: Bdf[] }>()

  add(sentence: string): void {
    this.#sentences.push(sentence)
  }

  /** Compare what each source answers with the first answer, which is the one that is taken. */
  compare(bdf: Bdf, told: readonly Told[], what: string, answer: (facts: FunctionFacts) => string | undefined): void {
    let taken: { readonly source: string; readonly said: string } | undefined
    for (const { source, facts } of told) {
      const said = answer(facts)
      if (said === undefined) continue
      if (taken === undefined) taken = { source, said }
      else if (taken.said !== said) {
        if (what === 'ids' && taken.said.slice(0, 4) !== said.slice(0, 4)) this.#strangers.add(bdf)
        this.#differ(bdf, what, `${taken.said} by ${taken.source}, ${said} by ${source}; the first is taken`)
      }
    }
  }

  sentences(): string[] {
    const differences = [...this.#differences.values()].map(
      ({ what, words, bdfs }) => `${what} of ${namesOf(bdfs)}: ${words}`,
    )
    const all = [...this.#otherMachine(), ...differences, ...this.#sentences]
    return all.length <= MOST ? all : [...all.slice(0, MOST), `and ${all.length - MOST} more of the kind`]
  }

  #otherMachine(): string[] {
    const names = [...this.#strangers]
    // One may be a misprint, or a name that several devices have; but nobody changes a root complex.
    if (names.length < 2 && !names.some((bdf) => bdf.endsWith(':00:00.0'))) return []
    return [
      `${namesOf(names)} cannot be of both vendors: this is more than one machine, and the answer holds for neither; give the captures of each on their own`,
    ]
  }

  #differ(bdf: Bdf, what: string, words: string): void {
    const key = `${what}: ${words}`
    const known = this.#differences.get(key)
    if (known === undefined) this.#differences.set(key, { what, words, bdfs: [bdf] })
    else known.bdfs.push(bdf)
  }
}

function namesOf(bdfs: readonly Bdf[]): string {
  const more = bdfs.length - MOST_NAMES
  return more > 0 ? `${bdfs.slice(0, MOST_NAMES).join(', ')} and ${more} others` : bdfs.join(', ')
}
