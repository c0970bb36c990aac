/** A count that threads share: who changes it and who looks at it tells so, and with it who could tell the difference. */
import type { Kernel } from './kernel.ts'
import type { Shared } from './shared.ts'

export class SharedCount {
  readonly #shared: Shared
  #now: number

  /** **Shape** `name` and `of` as of `Kernel.shared`. */
  constructor(kernel: Kernel, name: string, first = 0, of?: { readonly name: string }) {
    this.#shared = kernel.shared(name, of)
    this.#now = first
  }

  /** For reports and checks, which are nobody's look. */
  get now(): number {
    return this.#now
  }

  read(): number {
    this.#shared.readValue(this.#now)
    return this.#now
  }

  write(count: number): void {
    this.#now = count
    this.#shared.writeValue(count)
  }

  /** By so much, in the order in which threads come: each is told what its own change made of the count. */
  change(by: number): number {
    this.write(this.read() + by)
    return this.#now
  }

  /** One more, and nobody looks how many that makes. */
  add(): void {
    this.#now++
    this.#shared.addValue(this.#now, 1)
  }

  /** One fewer, and nobody looks whether that was the last. */
  take(): void {
    this.#now--
    this.#shared.addValue(this.#now, -1)
  }

  /** One fewer. **Shape** gives whether that was the last. */
  drop(): boolean {
    this.#now--
    // Of two who drop one, the second may be the last; nobody else learns from it.
    if (this.#now > 1) this.#shared.dropValue(this.#now)
    else this.#shared.writeValue(this.#now)
    return this.#isZero()
  }

  /** A change that nobody can tell, for a reason told elsewhere: others are sure to be left, say. **Shape** as of `drop`. */
  note(by: number): boolean {
    this.#now += by
    this.#shared.noteValue(this.#now, by)
    return this.#isZero()
  }

  /** Of a count that is there to be shown: no step depends on it but one that reads it. */
  tally(by: number): void {
    this.#now += by
    this.#shared.countValue(this.#now, by)
  }

  #isZero(): boolean {
    if (this.#now === 0) this.#shared.readValue(0)
    return this.#now === 0
  }
}
