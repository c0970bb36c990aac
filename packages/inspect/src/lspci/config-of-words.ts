/**
 * Configuration space put together from the words of lspci: the header, the two lists of capabilities, and of the
 * capabilities the words that the model reads. What lspci does not print reads as zero.
 */
import {
  type BridgeWindow,
  ConfigSpace,
  PCI_ACS_CAP,
  PCI_ACS_CTRL,
  PCI_AF_CAP,
  PCI_AF_CAP_FLR,
  PCI_AF_CAP_TP,
  PCI_CAP_ID_AF,
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_MSIX,
  PCI_CAP_ID_PM,
  PCI_CAPABILITY_LIST,
  PCI_CLASS_REVISION,
  PCI_DEVICE_ID,
  PCI_EXP_DEVCAP,
  PCI_EXP_DEVCAP_FLR,
  PCI_EXP_FLAGS,
  PCI_EXT_CAP_ID_ACS,
  PCI_EXT_CAP_ID_SRIOV,
  PCI_HEADER_TYPE,
  PCI_MSIX_FLAGS,
  PCI_PM_CTRL,
  PCI_PM_CTRL_NO_SOFT_RESET,
  PCI_PM_PMC,
  PCI_PRIMARY_BUS,
  PCI_SECONDARY_BUS,
  PCI_STATUS,
  PCI_STATUS_CAP_LIST,
  PCI_SUBORDINATE_BUS,
  PCI_VENDOR_ID,
  type PciePortType,
  type Bar,
  writeBarRegister,
  writeBridgeWindows,
  writeCommand,
} from '@barter/core'
import type { CapabilityLine } from './capability-lines.ts'

export interface ConfigWords {
  readonly vendor: number | undefined
  readonly device: number | undefined
  readonly classCode: number | undefined
  readonly command: { readonly io: boolean; readonly memory: boolean; readonly master: boolean }
  /** It reads as ones. */
  readonly silent: boolean
  readonly bars: readonly Bar[]
  readonly buses: readonly [primary: number, secondary: number, subordinate: number] | undefined
  readonly cardBus: boolean
  readonly windows: { readonly memory?: BridgeWindow; readonly prefetchable?: BridgeWindow }
  /** `undefined`: they could not be read. */
  readonly capabilities: readonly CapabilityLine[] | undefined
  /** Extended capabilities would have been printed if there were any. */
  readonly extendedShown: boolean
}

const HEADER = 64
const CONVENTIONAL = 256
const EXPRESS = 4096
const NOT_KNOWN = 0

/** **Shape** as many bytes as the words speak of: a header, 256, or 4096; an ACS control word that is not told ends them. */
export function configOfWords(words: ConfigWords): ConfigSpace {
  if (words.silent) return new ConfigSpace(new Uint8Array(HEADER).fill(0xff))
  const config = new ConfigSpace(new Uint8Array(EXPRESS))
  writeHeader(config, words)
  const { capabilities } = words
  if (capabilities === undefined) {
    config.write(PCI_STATUS, 2, PCI_STATUS_CAP_LIST)
    // A list begins somewhere behind the header.
    config.write(PCI_CAPABILITY_LIST, 1, HEADER)
    return new ConfigSpace(config.bytes.slice(0, HEADER))
  }
  const standard = chained(capabilities.filter((one) => !one.extended && one.at >= HEADER))
  const extended = chained(capabilities.filter((one) => one.extended))
  writeStandardList(config, standard)
  writeExtendedList(config, extended)
  for (const one of [...standard, ...extended]) writeBody(config, one)
  return new ConfigSpace(config.bytes.slice(0, knownLength(words, standard, extended)))
}

/** How far the words reach. */
function knownLength(
  words: ConfigWords,
  standard: readonly CapabilityLine[],
  extended: readonly CapabilityLine[],
): number {
  if (!standard.some(({ facts }) => facts.kind === 'express')) return CONVENTIONAL
  if (!words.extendedShown) return CONVENTIONAL
  // Lines that stand where they cannot belong show that others are missing.
  if (words.capabilities?.some(({ strayAcs }) => strayAcs) === true) return CONVENTIONAL
  // The list begins at 0x100; one that does not has lost its first lines.
  if (extended.length > 0 && !extended.some(({ at }) => at === CONVENTIONAL)) return CONVENTIONAL
  const untold = extended.find(({ facts }) => facts.kind === 'acs' && facts.control === undefined)
  return untold === undefined ? EXPRESS : CONVENTIONAL
}

function writeHeader(config: ConfigSpace, words: ConfigWords): void {
  config.write(PCI_VENDOR_ID, 2, words.vendor ?? NOT_KNOWN)
  config.write(PCI_DEVICE_ID, 2, words.device ?? NOT_KNOWN)
  config.write(PCI_CLASS_REVISION, 4, (words.classCode ?? 0) * 0x100)
  writeCommand(config, words.command)
  const { buses } = words
  config.write(PCI_HEADER_TYPE, 1, buses === undefined ? 0 : words.cardBus ? 2 : 1)
  const registers = buses === undefined ? 6 : words.cardBus ? 1 : 2
  for (const bar of words.bars) if (bar.index < registers) writeBarRegister(config, bar)
  if (buses === undefined) return
  config.write(PCI_PRIMARY_BUS, 1, buses[0])
  config.write(PCI_SECONDARY_BUS, 1, buses[1])
  config.write(PCI_SUBORDINATE_BUS, 1, buses[2])
  if (!words.cardBus) writeBridgeWindows(config, words.windows)
}

/** Those that can stand in one list: each at a place of its own, aligned, in the order of the words. */
function chained(lines: readonly CapabilityLine[]): CapabilityLine[] {
  const places = new Set<number>()
  return lines.filter(({ at }) => {
    if (at % 4 !== 0 || places.has(at)) return false
    places.add(at)
    return true
  })
}

function writeStandardList(config: ConfigSpace, lines: readonly CapabilityLine[]): void {
  if (lines.length > 0) config.write(PCI_STATUS, 2, PCI_STATUS_CAP_LIST)
  let link = PCI_CAPABILITY_LIST
  for (const { at, facts } of lines) {
    config.write(link, 1, at)
    config.write(at, 1, STANDARD_IDS[facts.kind] ?? ('id' in facts ? facts.id : 0))
    link = at + 1
  }
}

const STANDARD_IDS: Readonly<Record<string, number>> = {
  express: PCI_CAP_ID_EXP,
  power: PCI_CAP_ID_PM,
  msix: PCI_CAP_ID_MSIX,
  features: PCI_CAP_ID_AF,
}
const EXTENDED_IDS: Readonly<Record<string, number>> = { acs: PCI_EXT_CAP_ID_ACS, sriov: PCI_EXT_CAP_ID_SRIOV }

/** The hardware's list begins at 0x100, so the line of that place comes first. */
function writeExtendedList(config: ConfigSpace, lines: readonly CapabilityLine[]): void {
  const sorted = lines.toSorted((a, b) => Number(b.at === CONVENTIONAL) - Number(a.at === CONVENTIONAL))
  for (const [index, { at, version, facts }] of sorted.entries()) {
    const next = sorted[index + 1]?.at ?? 0
    const id = EXTENDED_IDS[facts.kind] ?? ('id' in facts ? facts.id : 0)
    config.write(at, 4, id + (version % 16) * 0x1_0000 + next * 0x10_0000)
  }
}

const PORT_TYPES: Readonly<Record<PciePortType, number>> = {
  endpoint: 0,
  'legacy-endpoint': 1,
  'root-port': 4,
  'upstream-port': 5,
  'downstream-port': 6,
  'pcie-to-pci-bridge': 7,
  'pci-to-pcie-bridge': 8,
  rciep: 9,
  'event-collector': 10,
}

function writeBody(config: ConfigSpace, { at, facts }: CapabilityLine): void {
  switch (facts.kind) {
    case 'express': {
      // A type that has no words here: one that the specification reserves.
      const type = facts.port === undefined ? 0xf : PORT_TYPES[facts.port]
      config.write(at + PCI_EXP_FLAGS, 2, (facts.version % 16) + type * 0x10 + (facts.slot ? 0x100 : 0))
      config.write(at + PCI_EXP_DEVCAP, 4, facts.flr ? PCI_EXP_DEVCAP_FLR : 0)
      return
    }
    case 'power':
      config.write(at + PCI_PM_PMC, 2, facts.version % 8)
      config.write(at + PCI_PM_CTRL, 2, facts.state + (facts.noSoftReset ? PCI_PM_CTRL_NO_SOFT_RESET : 0))
      return
    case 'msix':
      config.write(at + PCI_MSIX_FLAGS, 2, Math.min(Math.max(facts.vectors, 1), 2048) - 1)
      config.write(at + 4, 4, facts.table.offset + facts.table.bar)
      config.write(at + 8, 4, facts.pba.offset + facts.pba.bar)
      return
    case 'features':
      config.write(at + PCI_AF_CAP, 1, facts.flr ? PCI_AF_CAP_TP + PCI_AF_CAP_FLR : 0)
      return
    case 'acs':
      config.write(at + PCI_ACS_CAP, 2, facts.capability ?? facts.control ?? 0)
      config.write(at + PCI_ACS_CTRL, 2, facts.control ?? 0)
      return
    case 'sriov':
      config.write(at + 0x08, 2, (facts.enabled ? 1 : 0) + (facts.memoryEnabled ? 8 : 0))
      config.write(at + 0x0c, 2, facts.total)
      config.write(at + 0x0e, 2, facts.total)
      config.write(at + 0x10, 2, facts.count)
      config.write(at + 0x14, 2, facts.offset)
      config.write(at + 0x16, 2, facts.stride)
      config.write(at + 0x1a, 2, facts.device)
      return
    case 'msi':
    case 'other':
  }
}
