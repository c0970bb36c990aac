/** What a recording put where in address spaces, by names alone, and the physical addresses that it asked for. */
import { number, text } from './json-value.ts'
import type { Json, JsonObject } from './recording.ts'

interface Placed {
  readonly space: Json
  readonly iova: number
  readonly length: number
  /** Handle of the buffer, and bytes from its start. */
  readonly buffer: string
  readonly offset: number
}

export class Spaces {
  #placed: readonly Placed[] = []
  /** `undefined`: no place in a BAR. */
  readonly #addresses = new Map<string, number | undefined>()

  /** A call that maps a buffer at a wanted place; whether it went well is not known here. */
  note(args: JsonObject, buffer: string): void {
    const { ioas = null, iova, length, offset } = args
    this.#placed = [
      ...this.#placed,
      { space: ioas, iova: number(iova), length: number(length), buffer, offset: number(offset) },
    ]
  }

  /** What was put there last. **Shape** `offset`: of the byte at `iova`, in the buffer. */
  at(space: Json, iova: number): { readonly buffer: string; readonly offset: number } | undefined {
    const found = this.#placed.findLast(
      (one) => one.space === space && iova >= one.iova && iova < one.iova + one.length,
    )
    return found === undefined ? undefined : { buffer: found.buffer, offset: found.offset + iova - found.iova }
  }

  noteAddress(name: string, address: number | undefined): void {
    this.#addresses.set(name, address)
  }

  address(name: Json | undefined): number | undefined {
    return this.#addresses.get(text(name))
  }
}
