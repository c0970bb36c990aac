/**
 * What hardware has begun with a translation and is not through with: who takes that away has to wait until it is over (of
 * accesses by CPUs that is a TLB shootdown).
 */
import type { Fence, Kernel } from './kernel.ts'
import { type Op, waitFor } from './op.ts'
import type { Shared } from './shared.ts'

/** How it is called. */
export interface InFlightNames {
  /** **Shape** `accesses`: who looks at several of these may not know which is which, so no more than that. */
  readonly what: string
  /** What somebody waits for. */
  readonly why: string
}

export class InFlight {
  readonly #kernel: Kernel
  readonly #names: InFlightNames
  /** For explorers: how many there are, and whether somebody waits for their end. */
  readonly #shared: Shared
  #count = 0
  #over: Fence | undefined

  constructor(kernel: Kernel, names: InFlightNames) {
    this.#kernel = kernel
    this.#names = names
    this.#shared = kernel.shared(`${names.what} in flight`)
  }

  /** One has its translation and is made now. */
  begin(): void {
    this.#count++
    this.#shared.addValue(this.#value)
  }

  end(): void {
    this.#count--
    this.#shared.addValue(this.#value)
    if (this.#count > 0) return
    this.#over?.signal()
    this.#over = undefined
  }

  /** Wait for those under way. They need no lock, so this ends by itself (INV-9) where the caller has seen to it that no new ones begin. */
  *settle(): Op<void> {
    this.#shared.readValue(this.#value)
    if (this.#count === 0) return
    this.#over ??= this.#kernel.fence(`${this.#names.what} in flight`)
    this.#shared.addValue(this.#value)
    yield* waitFor(this.#over, this.#names.why)
  }

  get #value(): number {
    return 2 * this.#count + (this.#over === undefined ? 0 : 1)
  }
}

/** Accesses that CPUs have begun through a mapping of that name. */
export const accessesThrough = (kernel: Kernel, name: string): InFlight =>
  new InFlight(kernel, { what: 'accesses', why: `an instruction through ${name} is under way` })

/** Requests that a device has begun, of one of that name. **Shape** `what`: as of `InFlightNames`. */
export const requestsOf = (kernel: Kernel, name: string, what = 'requests'): InFlight =>
  new InFlight(kernel, { what, why: `requests in flight of ${name}` })
