/** Accesses that CPUs have begun: who takes a translation away has to wait until they are over (a TLB shootdown). */
import type { Fence, Kernel } from './kernel.ts'
import { type Op, waitFor } from './op.ts'

export class InFlight {
  readonly #kernel: Kernel
  readonly #name: string
  #count = 0
  #over: Fence | undefined

  constructor(kernel: Kernel, name: string) {
    this.#kernel = kernel
    this.#name = name
  }

  /** An access has its translation and is made now. */
  begin(): void {
    this.#count++
  }

  end(): void {
    if (--this.#count > 0) return
    this.#over?.signal()
    this.#over = undefined
  }

  /** Wait for those under way. The caller has seen to it that no new ones begin. */
  *settle(): Op<void> {
    if (this.#count === 0) return
    this.#over ??= this.#kernel.fence(`accesses through ${this.#name}`)
    yield* waitFor(this.#over, 'an instruction is under way')
  }
}
