/** Listed buffers of a device, in the order of creation. The list holds no reference (REV-9). */
import { hashOfText, type Kernel, mixA, type Shared } from '@barter/core'
import type { VfioBuffer } from './vfio-buffer.ts'

/** **Locks** `memory_lock` of the device, for writing where it is changed. */
export class BufferList {
  readonly #shared: Shared
  readonly #buffers: VfioBuffer[] = []
  /** Which buffers, and in which order. */
  #word = 0

  constructor(kernel: Kernel) {
    this.#shared = kernel.shared('buffers of a device')
  }

  /** Tells that somebody looks. */
  look(): void {
    this.#shared.readValue(this.#word)
  }

  /** As they are now. */
  get all(): readonly VfioBuffer[] {
    this.look()
    return [...this.#buffers]
  }

  /** For checks in the step in which the lock was given back, and for those at the end of a run: nobody came in between. */
  get unlocked(): readonly VfioBuffer[] {
    this.#shared.heed()
    return this.#buffers
  }

  add(buffer: VfioBuffer): void {
    this.look()
    this.#buffers.push(buffer)
    this.#changed()
  }

  /** Nothing happens when it is not there. */
  remove(buffer: VfioBuffer): void {
    this.look()
    const at = this.#buffers.indexOf(buffer)
    if (at < 0) return
    this.#buffers.splice(at, 1)
    this.#changed()
  }

  #changed(): void {
    this.#word = this.#buffers.reduce((word, { name }) => mixA(word, hashOfText(name)), this.#buffers.length)
    this.#shared.writeValue(this.#word)
  }
}
