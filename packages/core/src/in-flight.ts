/** Accesses that CPUs have begun: who takes a translation away has to wait until they are over (a TLB shootdown). */
import type { Fence, Kernel } from './kernel.ts'
import { type Op, waitFor } from './op.ts'
import type { Shared } from './shared.ts'

export class InFlight {
  readonly #kernel: Kernel
  readonly #name: string
  /** For explorers: how many there are, and whether somebody waits for their end. */
  readonly #shared: Shared
  #count = 0
  #over: Fence | undefined

  constructor(kernel: Kernel, name: string) {
    this.#kernel = kernel
    this.#name = name
    this.#shared = kernel.shared('accesses in flight')
  }

  /** An access has its translation and is made now. */
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

  /** Wait for those under way. The caller has seen to it that no new ones begin. */
  *settle(): Op<void> {
    this.#shared.readValue(this.#value)
    if (this.#count === 0) return
    this.#over ??= this.#kernel.fence(`accesses through ${this.#name}`)
    this.#shared.addValue(this.#value)
    yield* waitFor(this.#over, 'an instruction is under way')
  }

  get #value(): number {
    return 2 * this.#count + (this.#over === undefined ? 0 : 1)
  }
}
