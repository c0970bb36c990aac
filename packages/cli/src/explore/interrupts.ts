/** Ctrl-C and its like: asked once, a search comes to its end; asked twice, the process ends at once, as ever. */

/** Ctrl-C; and what schedulers of jobs send before they kill. */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const

export class Interrupts {
  readonly #asked = new Set<() => void>()
  #came = false

  /** From now on, until `close`. */
  static listen(): Interrupts {
    const made = new Interrupts()
    for (const signal of SIGNALS) process.on(signal, made.#hear)
    return made
  }

  /** Do it when it comes, or now if it came. **Shape** gives how to do it no more. */
  on(act: () => void): () => void {
    this.#asked.add(act)
    if (this.#came) act()
    return () => {
      this.#asked.delete(act)
    }
  }

  close(): void {
    for (const signal of SIGNALS) process.off(signal, this.#hear)
  }

  readonly #hear = (): void => {
    this.#came = true
    this.close()
    for (const act of this.#asked) act()
  }
}
