/** Arguments of controls as steps carry them: numbers, u64 as `bigint`, or text in decimal or hex. */
import type { StepValue } from '@barter/core'
import { controlArgument } from './errors.ts'

export class ControlArguments {
  readonly #control: string
  readonly #given: Readonly<Record<string, StepValue>>

  constructor(control: string, given: Readonly<Record<string, StepValue>>) {
    this.#control = control
    this.#given = given
  }

  has(name: string): boolean {
    return this.#given[name] !== undefined
  }

  /** **Errors** `UsageError` `CONTROL_ARGUMENT` when it is no whole number from 0 to 2^53. */
  whole(name: string, otherwise?: number): number {
    const value = this.#given[name]
    if (value === undefined && otherwise !== undefined) return otherwise
    const number = Number(this.#u64(name, value))
    if (!Number.isSafeInteger(number)) throw this.wrong(name, 'is too large')
    return number
  }

  /** A word, one of `words` if they are given. */
  word(name: string, words?: readonly string[]): string {
    const value = this.#given[name]
    if (typeof value !== 'string') throw this.wrong(name, 'has to be a word')
    if (words !== undefined && !words.includes(value)) throw this.wrong(name, `is one of ${words.join(', ')}`)
    return value
  }

  words(name: string): readonly string[] {
    const value = this.#given[name] ?? []
    if (!Array.isArray(value)) throw this.wrong(name, 'has to be a list')
    return value.map((word: StepValue) => {
      if (typeof word !== 'string') throw this.wrong(name, 'has to be a list of words')
      return word
    })
  }

  /** `[offset, length]` or `{ offset, length }`, each any u64. */
  ranges(name: string): readonly { readonly offset: bigint; readonly length: bigint }[] {
    const value = this.#given[name]
    if (!Array.isArray(value)) throw this.wrong(name, 'has to be a list of ranges')
    return value.map((range: StepValue) => {
      const [offset, length] = Array.isArray(range) ? (range as StepValue[]) : fieldsOf(range)
      return { offset: this.#u64(name, offset), length: this.#u64(name, length) }
    })
  }

  wrong(name: string, problem: string): Error {
    return controlArgument(this.#control, `${name} ${problem}`)
  }

  #u64(name: string, value: StepValue | undefined): bigint {
    if (typeof value === 'bigint' && value >= 0n) return value
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value)
    if (typeof value === 'string' && /^(0x[0-9a-f]+|\d+)$/i.test(value)) return BigInt(value)
    throw this.wrong(name, value === undefined ? 'is missing' : 'has to be a whole number')
  }
}

function fieldsOf(range: StepValue): readonly (StepValue | undefined)[] {
  if (range === null || typeof range !== 'object' || Array.isArray(range)) return []
  const { offset, length } = range as Readonly<Record<string, StepValue>>
  return [offset, length]
}
