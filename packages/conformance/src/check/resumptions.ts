/** How often operations are let go on, while somebody looks. */

const CALLS = ['next', 'return', 'throw'] as const
type Resuming = (...args: unknown[]) => IteratorResult<unknown>
type Operation = Readonly<Record<(typeof CALLS)[number], Resuming>>

/** Of the operations of one function. A function that each call makes anew is another one each time. */
export interface Resumed {
  /** One of them. */
  readonly sample: object
  /** How often its code was entered: once when an operation was made that somebody let go on, and each time that it did. */
  entered: number
}

/** What all operations share. */
const prototype = Object.getPrototypeOf(
  Object.getPrototypeOf(
    (function* () {
      // Only what it is made of is of use.
    })(),
  ),
) as Operation

/** Of what `work` did, which runs to its end at once. **Errors** those of `work`. */
export class Resumptions {
  readonly #of = new Map<object, Resumed>()
  readonly #isOver = new WeakMap<object, boolean>()

  during(work: () => void): readonly Resumed[] {
    const undo = CALLS.map((call) => this.#watch(call))
    try {
      work()
    } finally {
      for (const put of undo) put()
    }
    return [...this.#of.values()]
  }

  /** **Shape** gives how to have it as it was. */
  #watch(call: (typeof CALLS)[number]): () => void {
    const door = Object.getOwnPropertyDescriptor(prototype, call) ?? {}
    const own = prototype[call]
    const resumed = this.#resumed.bind(this)
    const watched = function (this: object, ...args: unknown[]): IteratorResult<unknown> {
      return resumed(this, call, () => own.apply(this, args))
    }
    Object.defineProperty(prototype, call, { ...door, value: watched })
    return () => {
      Object.defineProperty(prototype, call, door)
    }
  }

  #resumed(operation: object, call: (typeof CALLS)[number], goOn: () => IteratorResult<unknown>) {
    const wasOver = this.#isOver.get(operation)
    if (wasOver === true) return goOn()
    const of = this.#noteOf(operation)
    const isFirst = wasOver === undefined
    if (isFirst) of.entered++
    // What was never let go on has nothing to clean up: V8 ends it from outside.
    if (!isFirst || call === 'next') of.entered++
    this.#isOver.set(operation, false)
    let isOver = true
    try {
      const result = goOn()
      isOver = result.done === true
      return result
    } finally {
      this.#isOver.set(operation, isOver)
    }
  }

  #noteOf(operation: object): Resumed {
    const key = Object.getPrototypeOf(operation) as object
    const known = this.#of.get(key)
    if (known !== undefined) return known
    const made = { sample: operation, entered: 0 }
    this.#of.set(key, made)
    return made
  }
}
