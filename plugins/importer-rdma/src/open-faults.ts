/** What page faults of a region are answered with, as long as somebody waits for it. */
import { hashOfText, type Kernel, type Shared } from '@barter/core'
import type { FaultAnswer } from './dma-engine.ts'

const RESUME: FaultAnswer = { kind: 'resume' }

/** One fault. */
export class OpenFault {
  /** For explorers. */
  readonly #shared: Shared
  #answer = RESUME

  constructor(kernel: Kernel) {
    this.#shared = kernel.shared('answer to a page fault')
  }

  answer(given: FaultAnswer): void {
    this.#answer = given
    this.#shared.writeValue(this.#value)
  }

  /** Nobody asks again. **Shape** to resume, unless it was answered otherwise. */
  take(): FaultAnswer {
    this.#shared.readValue(this.#value)
    const answer = this.#answer
    this.answer(RESUME)
    return answer
  }

  /** What the hardware is told: of an error the number, and no reason. */
  get #value(): number {
    return this.#answer.kind === 'resume' ? 0 : hashOfText(this.#answer.errno)
  }
}

/** Several transfers of a region may be at a fault at once. */
export class OpenFaults {
  readonly #kernel: Kernel
  /** For explorers: which of them are open. */
  readonly #shared: Shared
  readonly #faults: OpenFault[] = []
  readonly #open = new Set<OpenFault>()

  constructor(kernel: Kernel) {
    this.#kernel = kernel
    this.#shared = kernel.shared('page faults of a region')
  }

  /** As few as are open at once, so that how many have been leaves no trace. */
  open(): OpenFault {
    this.#shared.readValue(this.#which)
    const free = this.#faults.find((fault) => !this.#open.has(fault))
    const fault = free ?? new OpenFault(this.#kernel)
    if (free === undefined) this.#faults.push(fault)
    this.#open.add(fault)
    this.#shared.writeValue(this.#which)
    return fault
  }

  close(fault: OpenFault): FaultAnswer {
    const answer = fault.take()
    this.#shared.readValue(this.#which)
    this.#open.delete(fault)
    this.#shared.writeValue(this.#which)
    return answer
  }

  get #which(): number {
    return this.#faults.reduce((sum, fault, i) => sum + (this.#open.has(fault) ? 2 ** i : 0), 0)
  }
}
