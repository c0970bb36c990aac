/** The answers of each shape, counted once in a whole fleet. */
import type { AnswerCounts } from '@barter/inspect'

/** Whoever asks first counts; the others wait for it. If it never comes, the next one counts. */
export class ShapeAnswers {
  readonly #known = new Map<string, AnswerCounts>()
  readonly #waiting = new Map<string, ((counted: AnswerCounts | undefined) => void)[]>()

  /** **Shape** `undefined`: count them, then `settle`. */
  async ask(shape: string): Promise<AnswerCounts | undefined> {
    const known = this.#known.get(shape)
    if (known !== undefined) return known
    const waiting = this.#waiting.get(shape)
    if (waiting === undefined) {
      this.#waiting.set(shape, [])
      return undefined
    }
    return new Promise((resolve) => waiting.push(resolve))
  }

  /** **Shape** `undefined`: whoever was to count them could not. */
  settle(shape: string, answers: AnswerCounts | undefined): void {
    const waiting = this.#waiting.get(shape) ?? []
    if (answers !== undefined) {
      this.#known.set(shape, answers)
      this.#waiting.delete(shape)
      for (const resolve of waiting) resolve(answers)
      return
    }
    const next = waiting.shift()
    if (next === undefined) this.#waiting.delete(shape)
    else next(undefined)
  }
}
