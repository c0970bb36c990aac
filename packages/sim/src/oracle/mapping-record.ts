/** One mapping as software declared it: where each of its bytes should arrive, and whether it may still be used. */
import type { BarPiece, MappingFacts, Party } from '@barter/core'

/** Where one byte of a mapping should arrive, and for how many bytes from there the BAR goes on in step. */
export interface ExpectedPlace {
  readonly bar: BarPiece['bar']
  readonly offset: number
  readonly length: number
}

export class MappingRecord {
  readonly number: number
  readonly facts: MappingFacts
  readonly made: Party
  /** What took it back: an unmap, a revoke that returned, the end of the owner's driver. In order of time. */
  readonly ended: Party[] = []
  /** Its translations are being taken away under a device that may use them. */
  leaving = false
  /** The importer gave it back. */
  unmapped = false
  /** When its importer was first told to let go. */
  told: Party | undefined

  constructor(number: number, facts: MappingFacts, made: Party) {
    this.number = number
    this.facts = facts
    this.made = made
  }

  /** No access through it is right any more. */
  get withdrawn(): boolean {
    return this.ended.length > 0
  }

  /** `undefined`: the address is in no entry of the table, or beyond the buffer. */
  expected(address: number): ExpectedPlace | undefined {
    let offset = 0
    for (const entry of this.facts.entries) {
      if (address >= entry.address && address < entry.address + entry.length) {
        const into = address - entry.address
        return placeAt(this.facts.target, offset + into, entry.length - into)
      }
      offset += entry.length
    }
    return undefined
  }
}

/** The byte at `offset` of the buffer. */
function placeAt(target: readonly BarPiece[], offset: number, most: number): ExpectedPlace | undefined {
  let before = 0
  for (const { bar, offset: start, length } of target) {
    const into = offset - before
    if (into < length) return { bar, offset: start + into, length: Math.min(most, length - into) }
    before += length
  }
  return undefined
}
