/**
 * What is stored in BARs and in RAM. A reset and a revoke leave it as it is: device memory after a reset is undefined,
 * and bytes that survive show best who wrote them.
 */
import type { Bdf, Landing } from '@barter/core'
import { SparseBytes } from './sparse-bytes.ts'

export class Contents {
  /** By CPU address. */
  readonly memory = new SparseBytes()
  readonly #bars = new Map<Bdf, SparseBytes[]>()

  bar(of: Bdf, index: number): SparseBytes {
    const bars = this.#bars.get(of) ?? []
    this.#bars.set(of, bars)
    const bar = bars[index] ?? new SparseBytes()
    bars[index] = bar
    return bar
  }

  /** Store `data`, repeated, where a write landed; `phase`: with which byte of it to begin. */
  store(landing: Landing, length: number, data: Uint8Array, phase: number): void {
    if (landing.kind === 'bar') this.bar(landing.device, landing.bar).write(landing.offset, length, data, phase)
    if (landing.kind === 'memory') this.memory.write(landing.address, length, data, phase)
  }

  /** Fill `into` from where a read landed. */
  load(landing: Landing, into: Uint8Array): void {
    if (landing.kind === 'bar') this.bar(landing.device, landing.bar).readInto(into, landing.offset)
    if (landing.kind === 'memory') this.memory.readInto(into, landing.address)
  }
}
