/** Packets and mappings in the words of a report. */
import { hex, type Landing } from '@barter/core'
import type { JudgedPacket } from '../hardware/judge.ts'
import { landingText } from '../hardware/landing-text.ts'
import type { MappingRecord } from './mapping-record.ts'

/** `nic wrote 4096 bytes at 0xf4000000 (command 3)` */
export function packetText(packet: JudgedPacket): string {
  const by = packet.by === undefined ? '' : ` (${packet.by})`
  return `${packet.who} ${transferText(packet)}${by}`
}

/** Of whoever sent it: `wrote 4096 bytes at 0xf4000000` */
export const transferText = ({ access, length, at }: JudgedPacket): string =>
  `${access === 'write' ? 'wrote' : 'read'} ${length} bytes at ${hex(at)}`

/** `mapping 2 of bar0` */
export const mappingText = (mapping: MappingRecord): string => `mapping ${mapping.number} of ${mapping.facts.buffer}`

export const placeText = (landing: Landing): string => landingText(landing, (bdf) => bdf)
