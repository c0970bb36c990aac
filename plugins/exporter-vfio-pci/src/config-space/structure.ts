/** Which part of configuration space belongs to which capability, as far as more than reading is allowed there. */
import {
  type ConfigSpace,
  PCI_CAP_ID_AF,
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_MSI,
  PCI_CAP_ID_PM,
  PCI_EXT_CAP_ID_ERR,
  PCI_INTERRUPT_LINE,
} from '@barter/core'
import { extendedCapabilities, standardCapabilities } from './capability-chain.ts'

export type StructureKind =
  | 'header'
  | 'pm'
  | 'express'
  | 'af'
  | 'msi32'
  | 'msi64'
  | 'vendor'
  | 'aer'
  | 'powerBudget'
  | 'vendorExtended'
  /** The first bytes of any other capability: read from the copy, since the chain may be another. */
  | 'head'
  | 'headExtended'
  | 'other'

export interface Structure {
  readonly kind: StructureKind
  readonly start: number
  /** Bytes. */
  readonly length: number
}

export const HEADER_LENGTH = PCI_INTERRUPT_LINE + 4
export const CONFIG_SIZE = 256
export const CONFIG_SIZE_EXPRESS = 4096
export const HEAD_LENGTH = 2
export const EXTENDED_HEAD_LENGTH = 4

const PCI_CAP_ID_VNDR = 0x09
const PCI_EXT_CAP_ID_PWR = 0x04
const PCI_EXT_CAP_ID_VNDR = 0x0b
const PCI_EXT_CAP_ID_DVSEC = 0x23
const PCI_MSI_FLAGS = 0x02
const PCI_MSI_FLAGS_64BIT = 0x80
const PCI_MSI_FLAGS_MASKBIT = 0x100
const AER_LENGTH = 0x38
const POWER_BUDGET_LENGTH = 0x10

const known = new WeakMap<ConfigSpace, readonly Structure[]>()

/**
 * The header and the capabilities, by where they begin. What lies between them is `other`. **Shape** `config` of the
 * topology, which does not change: each open asks.
 */
export function structuresOf(config: ConfigSpace): readonly Structure[] {
  const found = known.get(config) ?? structuresIn(config)
  known.set(config, found)
  return found
}

function structuresIn(config: ConfigSpace): readonly Structure[] {
  const found: Structure[] = [{ kind: 'header', start: 0, length: HEADER_LENGTH }]
  for (const { id, at } of standardCapabilities(config)) found.push({ start: at, ...standard(config, id, at) })
  if (configSizeOf(config) === CONFIG_SIZE_EXPRESS) {
    for (const { id, at } of extendedCapabilities(config)) found.push({ start: at, ...extended(config, id, at) })
  }
  return found.sort((a, b) => a.start - b.start)
}

type Shape = Omit<Structure, 'start'>

function standard(config: ConfigSpace, id: number, at: number): Shape {
  switch (id) {
    case PCI_CAP_ID_PM:
      return { kind: 'pm', length: 8 }
    case PCI_CAP_ID_EXP:
      return { kind: 'express', length: 0x3c }
    case PCI_CAP_ID_AF:
      return { kind: 'af', length: 6 }
    case PCI_CAP_ID_MSI: {
      const flags = config.read16(at + PCI_MSI_FLAGS) ?? 0
      const wide = (flags & PCI_MSI_FLAGS_64BIT) !== 0
      return {
        kind: wide ? 'msi64' : 'msi32',
        length: (wide ? 14 : 10) + ((flags & PCI_MSI_FLAGS_MASKBIT) === 0 ? 0 : 10),
      }
    }
    case PCI_CAP_ID_VNDR:
      return { kind: 'vendor', length: Math.max(HEAD_LENGTH, config.read8(at + 2) ?? 0) }
    default:
      return { kind: 'head', length: HEAD_LENGTH }
  }
}

function extended(config: ConfigSpace, id: number, at: number): Shape {
  switch (id) {
    case PCI_EXT_CAP_ID_ERR:
      return { kind: 'aer', length: AER_LENGTH }
    case PCI_EXT_CAP_ID_PWR:
      return { kind: 'powerBudget', length: POWER_BUDGET_LENGTH }
    case PCI_EXT_CAP_ID_VNDR:
    case PCI_EXT_CAP_ID_DVSEC:
      return { kind: 'vendorExtended', length: Math.max(EXTENDED_HEAD_LENGTH, (config.read32(at + 4) ?? 0) >>> 20) }
    default:
      return { kind: 'headExtended', length: EXTENDED_HEAD_LENGTH }
  }
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
