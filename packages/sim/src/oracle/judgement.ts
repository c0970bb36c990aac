/**
 * Was it right that a packet ended where it did? One packet, one mapping, and what is known of the device that owns the
 * memory. Gives what is wrong with it, or nothing.
 */
import { type Bdf, hex, type Landing } from '@barter/core'
import type { JudgedPacket } from '../hardware/judge.ts'
import { hasArrived } from '../hardware/landing-text.ts'
import type { ExpectedPlace, MappingRecord } from './mapping-record.ts'
import { mappingText, packetText, placeText } from './packet-text.ts'

export interface Finding {
  readonly invariant: 'INV-1' | 'INV-2' | 'INV-3' | 'INV-14' | 'INV-16' | 'INV-18'
  readonly rule: string
  readonly message: string
  /** Whose going dark belongs to the story. */
  readonly dark?: Bdf
}

/** The device in whose BAR a packet ended, awake or not. */
export function touched({ landing }: JudgedPacket): Bdf | undefined {
  return landing.kind === 'bar' || landing.kind === 'silent' ? landing.device : undefined
}

/** HAZ-1: something was sent to a function in reset. A mapping's owner may also refuse with its decoding off. */
export function hazard(packet: JudgedPacket, mapping: MappingRecord | undefined): Finding | undefined {
  const owner = packet.landing.kind === 'silent' ? packet.landing.device : darkOwner(packet, mapping)
  if (owner === undefined) return undefined
  const why = packet.whyDark(owner) ?? 'it does not answer'
  const message = `${packetText(packet)}, which is for ${owner}, dark because ${why}`
  if (packet.from === 'cpu') return { invariant: 'INV-2', rule: 'HAZ-1', message, dark: owner }
  const missing =
    mapping === undefined || mapping.withdrawn ? '' : `; ${mapping.facts.buffer} was not taken back before`
  return { invariant: 'INV-14', rule: 'HAZ-1', message: `${message}${missing}`, dark: owner }
}

/** The packet found nobody, and the owner of the mapping, also of a CPU mapping, is dark: that is why. */
function darkOwner(packet: JudgedPacket, mapping: MappingRecord | undefined): Bdf | undefined {
  const owner = mapping?.facts.owner.bdf ?? packet.owner
  if (packet.landing.kind !== 'unsupported-request' || owner === undefined) return undefined
  return packet.whyDark(owner) === undefined ? undefined : owner
}

/** INV-1: the mapping was withdrawn, and the packet got through all the same. An IOMMU that stops it contains the mistake. */
export function afterWithdrawal(packet: JudgedPacket, mapping: MappingRecord): Finding | undefined {
  if (!hasArrived(packet.landing) && packet.landing.kind !== 'silent') return undefined
  const last = mapping.ended[0]
  const message = `${packetText(packet)} through ${mappingText(mapping)}, withdrawn at tick ${last?.tick ?? 0} (${last?.what ?? ''}), and reached ${placeText(packet.landing)}`
  return { invariant: 'INV-1', rule: mapping.unmapped ? 'IMP-3' : 'REV-2', message }
}

/** INV-16 and INV-18, for a mapping that may be used and an owner that answers. */
export function wrongWay(packet: JudgedPacket, mapping: MappingRecord): Finding | undefined {
  const { mapType } = mapping.facts
  const rule = mapType === 'bus-addr' ? 'P2P-14' : 'P2P-15'
  const elsewhere = wrongPlace(packet, mapping)
  if (elsewhere !== undefined) return { invariant: 'INV-16', rule, message: elsewhere }
  const should = mapType === 'thru-host-bridge'
  if (mapType === 'not-supported' || packet.viaHostBridge === should) return undefined
  const way = packet.viaHostBridge ? 'went through the host bridge' : 'stayed below the host bridge'
  const message = `${packetText(packet)} through ${mappingText(mapping)}, whose map type is ${mapType}, but the packet ${way}`
  return { invariant: 'INV-18', rule, message }
}

/** Is the byte `done` bytes behind the landing the wanted one? */
function isPlace(landing: Landing, owner: Bdf, { bar, offset }: ExpectedPlace, done: number): boolean {
  if (landing.kind === 'memory') return bar === 'memory' && landing.address + done === offset
  return landing.kind === 'bar' && landing.device === owner && landing.bar === bar && landing.offset + done === offset
}

/** A sentence when a byte of the packet ended anywhere but where the mapping says. */
function wrongPlace(packet: JudgedPacket, mapping: MappingRecord): string | undefined {
  const { landing } = packet
  const owner = mapping.facts.owner.bdf
  const begin = (): string => `${packetText(packet)} through ${mappingText(mapping)}`
  if (!hasArrived(landing)) return `${begin()}, and it did not arrive: ${placeText(landing)}, ${packet.why}`
  for (let done = 0; done < packet.length;) {
    const place = mapping.expected(packet.at + done)
    if (place === undefined) return `${begin()}, but ${hex(packet.at + done)} is in no entry of its table`
    if (!isPlace(landing, owner, place, done)) {
      const where = place.bar === 'memory' ? 'memory at' : `BAR ${place.bar} +`
      const wanted = `${owner} ${where} ${hex(place.offset)}`
      return `${begin()} was for ${wanted} and landed in ${placeText(landing)}${done === 0 ? '' : ` + ${hex(done)}`}`
    }
    done += place.length
  }
  return undefined
}
