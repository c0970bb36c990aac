/** A field that threads share: who looks at it and who changes it tells so, by one word for what it holds. */
import type { Kernel } from './kernel.ts'
import type { Shared } from './shared.ts'

export class SharedState<T> {
  readonly #shared: Shared
  readonly #wordOf: (state: T) => number
  #state: T
  #word: number

  /**
   * **Shape** `name` as of `Kernel.shared`; `wordOf` gives a whole number of 32 bits, another one for each state that some
   * thread could tell from this one. A state is replaced, never changed in place.
   */
  constructor(kernel: Kernel, name: string, first: T, wordOf: (state: T) => number) {
    this.#shared = kernel.shared(name)
    this.#wordOf = wordOf
    this.#state = first
    this.#word = wordOf(first)
  }

  read(): T {
    this.#shared.readValue(this.#word)
    return this.#state
  }

  write(state: T): void {
    this.#state = state
    this.#word = this.#wordOf(state)
    this.#shared.writeValue(this.#word)
  }

  /** Writes some of it, and leaves the rest as it is, whatever that is: nobody has looked. */
  change(some: Partial<T>): void {
    this.write({ ...this.#state, ...some })
  }
}

/** Whether there is something, as a word. */
export const wordOfPresence = (state: unknown): number => (state === null || state === undefined ? 0 : 1)
