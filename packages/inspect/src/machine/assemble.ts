/** From what is known of all functions to the functions of a topology: where each hangs, and what it is. */
import {
  type Bdf,
  compareBdf,
  ConfigSpace,
  type FunctionKind,
  ID_UNKNOWN,
  PCI_CAPABILITY_LIST,
  PCI_CLASS_REVISION,
  PCI_DEVICE_ID,
  PCI_HEADER_TYPE,
  PCI_SECONDARY_BUS,
  PCI_SUBORDINATE_BUS,
  PCI_VENDOR_ID,
  type PciePortType,
  type PciFunction,
  readAcs,
  readPcie,
  writeAcs,
  writePcie,
} from '@barter/core'
import { barsOf } from '../sysfs/bars.ts'
import type { FunctionFacts } from './function-facts.ts'
import { kindOf } from './function-kind.ts'
import type { Gaps } from './gaps.ts'
import { type Above, parentsOf } from './parents.ts'

/** A function as a capture shows it: with what the model has no use for, but people have. */
export interface CapturedFunction extends PciFunction {
  readonly numaNode?: number
  /** Vendor and device in words. */
  readonly name?: string
  /** The capture tells neither its BARs nor its registers, so that `bars` says nothing. */
  readonly barsUnknown?: true
}

export interface Assembled {
  readonly functions: readonly CapturedFunction[]
  /** Ids of host bridges that stand for an unknown place: a bus to which no bridge leads, and that may be no root bus. */
  readonly guessed: ReadonlySet<string>
}

/** Class of a bridge that is known by what is below it only. */
const CLASS_PCI_BRIDGE = 0x06_0400
const CLASS_HOST_BRIDGE = 0x0600
const ROOT_ONLY: readonly (PciePortType | undefined)[] = ['root-port', 'rciep', 'event-collector']
/** These are the far end of a link, or a port behind it. */
const NEVER_ROOT: readonly (PciePortType | undefined)[] = [
  'endpoint',
  'legacy-endpoint',
  'upstream-port',
  'downstream-port',
  'pcie-to-pci-bridge',
]

/**
 * Settle where each function hangs. **Shape** one record for each name; `whole`: there are no others. What they lack
 * goes to `gaps`.
 */
export function assembleFunctions(facts: readonly FunctionFacts[], whole: boolean, gaps: Gaps): Assembled {
  const records = [...facts].sort((a, b) => compareBdf(a.bdf, b.bdf))
  const seats = records.map((one) => ({
    bdf: one.bdf,
    place: one.place,
    inside: one.inside,
    physicalFunction: one.physicalFunction,
    ...busNumbers(one),
    rootOnly: isRootOnly(one),
    neverRoot: NEVER_ROOT.includes(portOf(one)),
  }))
  const above = parentsOf(seats, whole)
  const bridges = new Set([...above.values()].map(({ parent }) => parent))
  const byBdf = new Map(records.map((record) => [record.bdf, record]))
  const kinds = new Map<Bdf, FunctionKind>()
  const kind = (bdf: Bdf, depth = 0): FunctionKind | undefined => {
    const known = kinds.get(bdf)
    const record = byBdf.get(bdf)
    if (known !== undefined || record === undefined || depth > records.length) return known
    const parent = above.get(bdf)?.parent
    const classCode = record.classCode ?? (bridges.has(bdf) ? CLASS_PCI_BRIDGE : undefined)
    const upper = parent === null || parent === undefined ? undefined : kind(parent, depth + 1)
    // A source that leaves bridges out does not tell which end of a link it shows.
    const told = kindOf(record.config, classCode, upper)
    const found = record.bridgesHidden && record.config === undefined && PORTS[told] !== undefined ? 'pci-bridge' : told
    kinds.set(bdf, found)
    return found
  }
  const guessed = new Set([...above.values()].flatMap((one) => (one.guessed ? [one.hostBridge] : [])))
  const functions = records.flatMap((record) => {
    const place = above.get(record.bdf)
    if (place === undefined) return []
    noteGaps(record, place, gaps)
    return [functionOf(record, place, kind(record.bdf) ?? 'endpoint', bridges.has(record.bdf))]
  })
  return { functions, guessed }
}

/**
 * The same functions, with an ACS control word that was told apart from the registers where those do not show one.
 * **Shape** `every`: the word of each function that has one.
 */
export function withToldAcs(facts: readonly FunctionFacts[], every: number | undefined): FunctionFacts[] {
  return facts.map((one) => {
    const told = one.acsControl ?? every
    if (told === undefined || one.config?.silent === true) return one
    if (one.config !== undefined && readAcs(one.config).kind !== 'unknown') return one
    return { ...one, acsControl: told }
  })
}

function functionOf(
  facts: FunctionFacts,
  { parent, hostBridge, guessed, skipped }: Above,
  kind: FunctionKind,
  leadsOn: boolean,
): CapturedFunction {
  const config = toldConfig(facts, kind) ?? facts.config ?? new ConfigSpace(new Uint8Array(0))
  const pcie = config.silent ? undefined : readPcie(config)
  const { secondary, subordinate } = busNumbers(facts)
  return {
    bdf: facts.bdf,
    parent,
    hostBridge,
    kind,
    pcie: pcie === undefined ? undefined : pcie !== null,
    vendor: facts.vendor ?? ID_UNKNOWN,
    device: facts.device ?? ID_UNKNOWN,
    classCode: facts.classCode ?? (leadsOn ? CLASS_PCI_BRIDGE : (facts.classGuess ?? 0)),
    config,
    bars: facts.bars ?? barsOf(facts.config, undefined).bars,
    ...(facts.bars === undefined && (facts.config === undefined || facts.fromWords) ? { barsUnknown: true } : {}),
    ...(secondary !== undefined && secondary > 0
      ? { bridge: { secondary, subordinate: subordinate ?? secondary } }
      : {}),
    ...(facts.iommuGroup !== undefined ? { iommuGroup: facts.iommuGroup } : {}),
    ...(facts.driver !== undefined ? { driver: facts.driver } : {}),
    ...(facts.physicalFunction !== undefined ? { physicalFunction: facts.physicalFunction } : {}),
    ...(facts.resetMethods !== undefined ? { resetMethods: facts.resetMethods } : {}),
    // Without a driver the mask is the kernel's default of 32 bits and tells nothing of the device.
    ...(facts.driver !== undefined && facts.dmaMaskBits !== undefined ? { dmaMaskBits: facts.dmaMaskBits } : {}),
    ...(facts.removable ? { externalFacing: true } : {}),
    ...(facts.bridgesHidden || guessed || skipped ? { bridgesHidden: true } : {}),
    ...(facts.numaNode !== undefined ? { numaNode: facts.numaNode } : {}),
    ...(facts.name !== undefined ? { name: facts.name } : {}),
  }
}

/** Registers of which the kind, the ids and the ACS words are known, and the rest reads as zero. */
function toldConfig(facts: FunctionFacts, kind: FunctionKind): ConfigSpace | undefined {
  if (facts.acsControl === undefined) return undefined
  if (facts.config !== undefined && (facts.config.silent || readAcs(facts.config).kind !== 'unknown')) return undefined
  const config = new ConfigSpace(new Uint8Array(4096))
  if (facts.config !== undefined) config.bytes.set(facts.config.bytes.subarray(0, HEADER_BYTES))
  else {
    config.write(PCI_VENDOR_ID, 2, facts.vendor ?? 0)
    config.write(PCI_DEVICE_ID, 2, facts.device ?? 0)
    config.write(PCI_CLASS_REVISION, 4, (facts.classCode ?? 0) * 0x100)
    config.write(PCI_HEADER_TYPE, 1, PORTS[kind] === undefined ? 0 : 1)
    config.write(PCI_SECONDARY_BUS, 1, facts.secondary ?? 0)
    config.write(PCI_SUBORDINATE_BUS, 1, facts.subordinate ?? 0)
  }
  config.write(PCI_CAPABILITY_LIST, 1, 0)
  if (kind !== 'host-bridge') {
    writePcie(config, HEADER_BYTES, {
      portType: PORTS[kind] ?? (kind === 'rciep' ? 'rciep' : 'endpoint'),
      flr: false,
      slot: false,
    })
    writeAcs(config, 0x100, { capability: facts.acsControl, control: facts.acsControl })
  }
  return config
}

const HEADER_BYTES = 64
/** Kinds with a bridge's header. */
const PORTS: Readonly<Partial<Record<FunctionKind, PciePortType>>> = {
  'root-port': 'root-port',
  'upstream-port': 'upstream-port',
  'downstream-port': 'downstream-port',
  'pci-bridge': 'pcie-to-pci-bridge',
}

function busNumbers(facts: FunctionFacts): { secondary: number | undefined; subordinate: number | undefined } {
  const { config } = facts
  const readable = config !== undefined && !config.silent && config.headerType === 1
  return {
    secondary: facts.secondary ?? (readable ? config.read8(PCI_SECONDARY_BUS) : undefined),
    subordinate: facts.subordinate ?? (readable ? config.read8(PCI_SUBORDINATE_BUS) : undefined),
  }
}

function isRootOnly(facts: FunctionFacts): boolean {
  const { classCode } = facts
  if (classCode !== undefined && Math.floor(classCode / 0x100) === CLASS_HOST_BRIDGE) return true
  return ROOT_ONLY.includes(portOf(facts))
}

function portOf({ config }: FunctionFacts): PciePortType | undefined {
  return config === undefined || config.silent ? undefined : readPcie(config)?.portType
}

function noteGaps(facts: FunctionFacts, place: Above, gaps: Gaps): void {
  const { bdf, config } = facts
  if (facts.barsUnreadable > 0) gaps.of('resourceBroken', bdf)
  if (facts.barsBeyond > 0) gaps.of('addressBeyond', bdf)
  if (place.guessed && !facts.bridgesHidden) gaps.of('bridgeMissing', bdf)
  if (facts.bridgesHidden) gaps.of('bridgesHidden', bdf)
  if (place.skipped) gaps.of('bridgeSkipped', bdf)
  if (facts.nameOnly) return gaps.of('filesMissing', bdf)
  if (facts.acsControl !== undefined) gaps.of('acsTold', bdf)
  else if (config === undefined) gaps.of('configMissing', bdf)
  else if (config.silent) gaps.of('silent', bdf)
  else if (config.length <= 64) gaps.of('configHeader', bdf)
  else if (config.length <= 256 && readPcie(config) !== null) gaps.of('configShort', bdf)
  if (facts.bars === undefined) gaps.of('resourceMissing', bdf)
  if (facts.name === undefined && (facts.vendor === undefined || facts.device === undefined)) gaps.of('idsMissing', bdf)
}
