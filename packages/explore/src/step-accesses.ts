/** What one step touched, in order: the thing, the way, and how its content is known. */
import type { Mode } from './access-mode.ts'
import { grown } from './grown.ts'

const ENTRIES = 32

/** By who made it what it is; by a small number that says all; not at all, as the thread forgets what it saw. */
export const BY_HISTORY = 0
export const BY_VALUE = 1
export const FORGOTTEN = 2

export class StepAccesses {
  count = 0
  thingAt = new Int32Array(ENTRIES)
  modeAt = new Uint8Array(ENTRIES)
  knownAt = new Uint8Array(ENTRIES)
  valueAt = new Int32Array(ENTRIES)

  add(thing: number, mode: Mode, known: number, value: number): void {
    const at = this.count++
    if (at >= this.thingAt.length) this.#grow()
    this.thingAt[at] = thing
    this.modeAt[at] = mode
    this.knownAt[at] = known
    this.valueAt[at] = value
  }

  #grow(): void {
    this.thingAt = grown(this.thingAt)
    this.valueAt = grown(this.valueAt)
    this.modeAt = grownBytes(this.modeAt)
    this.knownAt = grownBytes(this.knownAt)
  }
}

function grownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const longer = new Uint8Array(2 * bytes.length)
  longer.set(bytes)
  return longer
}
