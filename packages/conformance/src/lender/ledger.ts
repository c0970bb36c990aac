/** What the lender saw of its importers in one run: the other half of what a trace tells. */
import type { Attachment, Direction, SgEntry, SgTable } from '@barter/core'

export interface SeenAttachment {
  readonly device: string
  readonly dynamic: boolean
  readonly peer2peer: boolean
  readonly revocable: boolean
}

export interface SeenTable {
  readonly buffer: string
  readonly device: string
  readonly mapping: number
  readonly direction: Direction
  readonly entries: readonly SgEntry[]
}

export class Ledger {
  #attachments: SeenAttachment[] = []
  #tables: SeenTable[] = []
  #pins = 0

  /** Begin another run. */
  clear(): void {
    this.#attachments = []
    this.#tables = []
    this.#pins = 0
  }

  /** As it is now, whatever the next run writes. */
  snapshot(): Ledger {
    const copy = new Ledger()
    copy.#attachments = this.#attachments
    copy.#tables = this.#tables
    copy.#pins = this.#pins
    return copy
  }

  /** Every attachment that the lender accepted, in order. */
  get attachments(): readonly SeenAttachment[] {
    return this.#attachments
  }

  /** Every table that it gave, in order. */
  get tables(): readonly SeenTable[] {
    return this.#tables
  }

  /** How often somebody pinned. */
  get pins(): number {
    return this.#pins
  }

  attached({ device, dynamic, peer2peer, revocable }: Attachment): void {
    this.#attachments.push({ device: device.name, dynamic, peer2peer, revocable })
  }

  mapped({ buffer, device }: Attachment, { mapping, entries }: SgTable, direction: Direction): void {
    this.#tables.push({ buffer: buffer.name, device: device.name, mapping, direction, entries })
  }

  pinned(): void {
    this.#pins++
  }
}
