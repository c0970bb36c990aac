/**
 * Packets that reached lent memory by an address that their sender did not hold just then. The judge of the machine needs
 * the mapping's number in a request for that; this looks at addresses alone, so a plugin that does not give it is seen too.
 */
import { contains, hex, type SgEntry, type TraceEvent } from '@barter/core'
import type { Ledger } from '../lender/ledger.ts'

/** A sentence, and the rule that it breaks. */
export interface Stray {
  readonly rule: string
  readonly what: string
}

interface Held {
  readonly buffer: string
  readonly device: string
  readonly entries: readonly SgEntry[]
}

/** **Shape** `owner`: what the trace calls the device whose memory is lent. */
export function strayPackets(events: readonly TraceEvent[], ledger: Ledger, owner: string): readonly Stray[] {
  const held = new Map<number, Held>()
  const borrowers = new Set(ledger.attachments.map(({ device }) => device))
  const found: Stray[] = []
  for (const event of events) {
    if (event.kind === 'map' && event.mapping !== undefined) {
      const table = ledger.tables.find(({ mapping }) => mapping === event.mapping)
      if (table !== undefined) held.set(event.mapping, table)
    } else if (event.kind === 'unmap') {
      held.delete(event.mapping)
    } else if (event.kind === 'dma' && borrowers.has(event.device) && event.landing.startsWith(`${owner} BAR`)) {
      const { device, address, length, access, tick } = event
      const mine = [...held.values()].filter((one) => one.device === device)
      const covers = (byte: number): boolean =>
        mine.some(({ entries }) => entries.some((entry) => contains(entry.address, entry.length, byte)))
      if (covers(address) && covers(address + length - 1)) continue
      const verb = access === 'read' ? 'read' : 'wrote'
      found.push({
        rule: 'IMP-3',
        what: `${device} ${verb} ${length} bytes at ${hex(address)} at tick ${tick}, and no mapping of its covered that address then`,
      })
    }
  }
  return found
}
