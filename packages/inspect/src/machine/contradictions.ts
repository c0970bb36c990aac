/** Where two sources say different things, as sentences. */
import type { Bdf } from '@barter/core'
import type { FunctionFacts } from './function-facts.ts'
import type { Told } from './merge-functions.ts'

/** More than this is counted and not told. */
const MOST = 100

export class Contradictions {
  readonly #sentences: string[] = []
  #more = 0

  add(sentence: string): void {
    if (this.#sentences.length < MOST) this.#sentences.push(sentence)
    else this.#more++
  }

  /** Compare what each source answers with the first answer, which is the one that is taken. */
  compare(bdf: Bdf, told: readonly Told[], what: string, answer: (facts: FunctionFacts) => string | undefined): void {
    let taken: { readonly source: string; readonly said: string } | undefined
    for (const { source, facts } of told) {
      const said = answer(facts)
      if (said === undefined) continue
      if (taken === undefined) taken = { source, said }
      else if (taken.said !== said) {
        this.add(`${what} of ${bdf}: ${taken.said} by ${taken.source}, ${said} by ${source}; the first is taken`)
      }
    }
  }

  sentences(): string[] {
    return this.#more === 0 ? [...this.#sentences] : [...this.#sentences, `and ${this.#more} more of the kind`]
  }
}
