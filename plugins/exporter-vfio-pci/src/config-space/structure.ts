/** Which part of configuration space belongs to which capability. */
import { type ConfigSpace, PCI_CAP_ID_AF, PCI_CAP_ID_EXP, PCI_CAP_ID_PM, PCI_INTERRUPT_LINE } from '@barter/core'

export type StructureKind = 'header' | 'pm' | 'express' | 'af' | 'other'

export interface Structure {
  readonly kind: StructureKind
  readonly start: number
  /** Bytes. */
  readonly length: number
}

export const HEADER_LENGTH = PCI_INTERRUPT_LINE + 4
export const CONFIG_SIZE = 256
export const CONFIG_SIZE_EXPRESS = 4096

const CAPABILITIES = [
  { kind: 'pm', id: PCI_CAP_ID_PM, length: 8 },
  { kind: 'express', id: PCI_CAP_ID_EXP, length: 0x3c },
  { kind: 'af', id: PCI_CAP_ID_AF, length: 6 },
] as const

/** The header and the capabilities whose registers are virtualised. What lies between them is `other`. */
export function structuresOf(config: ConfigSpace): readonly Structure[] {
  const found: Structure[] = [{ kind: 'header', start: 0, length: HEADER_LENGTH }]
  for (const { kind, id, length } of CAPABILITIES) {
    const start = config.capability(id)
    if (typeof start === 'number') found.push({ kind, start, length })
  }
  return found.sort((a, b) => a.start - b.start)
}

/** The structure that holds a byte; `other` reaches up to the next one. */
export function structureAt(structures: readonly Structure[], offset: number): Structure {
  const within = structures.find(({ start, length }) => offset >= start && offset < start + length)
  if (within !== undefined) return within
  const next = structures.find(({ start }) => start > offset)
  return { kind: 'other', start: offset, length: (next?.start ?? CONFIG_SIZE_EXPRESS) - offset }
}

/** Bytes of configuration space: 4096 with PCI Express. */
export const configSizeOf = (config: ConfigSpace): number =>
  typeof config.capability(PCI_CAP_ID_EXP) === 'number' ? CONFIG_SIZE_EXPRESS : CONFIG_SIZE
