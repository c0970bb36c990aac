/** Ctrl-C and similar signals: the first one stops a search, the second one ends the process at once, as usual. */

/** Ctrl-C, and what job schedulers send before they kill. */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const

export class Interrupts {
  readonly #asked = new Set<() => void>()
  #came = false

  /** Listen from now on, until `close`. */
  static listen(): Interrupts {
    const made = new Interrupts()
    for (const signal of SIGNALS) process.on(signal, made.#hear)
    return made
  }

  /** Call this when a signal comes, or now if one has come. **Shape** gives a function that cancels it. */
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
