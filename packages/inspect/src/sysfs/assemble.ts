/** From the files of all functions to the functions of a topology. */
import {
  type Bdf,
  compareBdf,
  ConfigSpace,
  type FunctionKind,
  ID_UNKNOWN,
  PCI_SECONDARY_BUS,
  PCI_SUBORDINATE_BUS,
  type PciFunction,
  readPcie,
} from '@barter/core'
import type { FileTree } from '../tree/file-tree.ts'
import { barsOf } from './bars.ts'
import { type FunctionFiles, readFunctionFiles } from './function-files.ts'
import type { FunctionFolder } from './function-folders.ts'
import { kindOf } from './function-kind.ts'
import type { Gaps } from './gaps.ts'
import { type Above, parentsOf } from './parents.ts'

/** A function as sysfs shows it: with its NUMA node, which the model has no use for. */
export interface SysfsFunction extends PciFunction {
  readonly numaNode?: number
}

interface Found {
  readonly bdf: Bdf
  readonly folder: FunctionFolder
  readonly files: FunctionFiles
}

/** Class of a bridge that is known by the folders below it only. */
const CLASS_PCI_BRIDGE = 0x06_0400
const CLASS_HOST_BRIDGE = 0x0600
const ROOT_ONLY_PORTS: readonly (string | undefined)[] = ['root-port', 'rciep', 'event-collector']

/** Read every function and settle where it hangs. What they lack goes to `gaps`. */
export function assembleFunctions(tree: FileTree, folders: readonly FunctionFolder[], gaps: Gaps): SysfsFunction[] {
  const records = [...folders]
    .sort((a, b) => compareBdf(a.bdf, b.bdf))
    .map((folder): Found => ({ bdf: folder.bdf, folder, files: readFunctionFiles(tree, folder.folder) }))
  const seats = records.map(({ bdf, folder, files }) => ({
    bdf,
    place: folder.place,
    inside: folder.inside,
    physicalFunction: files.physicalFunction,
    ...busNumbers(files),
    rootOnly: isRootOnly(files),
  }))
  const above = parentsOf(seats)
  const bridges = new Set([...above.values()].map(({ parent }) => parent))
  const byBdf = new Map(records.map((record) => [record.bdf, record]))
  const kinds = new Map<Bdf, FunctionKind>()
  const kind = (bdf: Bdf, depth = 0): FunctionKind | undefined => {
    const known = kinds.get(bdf)
    const record = byBdf.get(bdf)
    if (known !== undefined || record === undefined || depth > records.length) return known
    const parent = above.get(bdf)?.parent
    const classCode = record.files.classCode ?? (bridges.has(bdf) ? CLASS_PCI_BRIDGE : undefined)
    const upper = parent === null || parent === undefined ? undefined : kind(parent, depth + 1)
    const found = kindOf(record.files.config, classCode, upper)
    kinds.set(bdf, found)
    return found
  }
  return records.flatMap((record) => {
    const place = above.get(record.bdf)
    if (place === undefined) return []
    noteGaps(record, place, gaps)
    return [functionOf(record, place, kind(record.bdf) ?? 'endpoint', bridges.has(record.bdf), gaps)]
  })
}

function functionOf(
  { bdf, files }: Found,
  { parent, hostBridge }: Above,
  kind: FunctionKind,
  leadsOn: boolean,
  gaps: Gaps,
): SysfsFunction {
  const config = files.config ?? new ConfigSpace(new Uint8Array(0))
  const { bars, unreadable, beyond } = barsOf(files.config, files.resources)
  if (unreadable > 0) gaps.of('resourceBroken', bdf)
  if (beyond > 0) gaps.of('addressBeyond', bdf)
  const pcie = config.silent ? undefined : readPcie(config)
  const { secondary, subordinate } = busNumbers(files)
  return {
    bdf,
    parent,
    hostBridge,
    kind,
    pcie: pcie === undefined ? undefined : pcie !== null,
    vendor: files.vendor ?? ID_UNKNOWN,
    device: files.device ?? ID_UNKNOWN,
    classCode: files.classCode ?? (leadsOn ? CLASS_PCI_BRIDGE : 0),
    config,
    bars,
    ...(secondary !== undefined && secondary > 0
      ? { bridge: { secondary, subordinate: subordinate ?? secondary } }
      : {}),
    ...(files.iommuGroup !== undefined ? { iommuGroup: files.iommuGroup } : {}),
    ...(files.driver !== undefined ? { driver: files.driver } : {}),
    ...(files.physicalFunction !== undefined ? { physicalFunction: files.physicalFunction } : {}),
    ...(files.resetMethods !== undefined ? { resetMethods: files.resetMethods } : {}),
    // Without a driver the mask is the kernel's default of 32 bits and tells nothing of the device.
    ...(files.driver !== undefined && files.dmaMaskBits !== undefined ? { dmaMaskBits: files.dmaMaskBits } : {}),
    ...(files.removable ? { externalFacing: true } : {}),
    ...(files.numaNode !== undefined ? { numaNode: files.numaNode } : {}),
  }
}

function busNumbers(files: FunctionFiles): { secondary: number | undefined; subordinate: number | undefined } {
  const { config } = files
  const readable = config !== undefined && !config.silent && config.headerType === 1
  return {
    secondary: files.secondary ?? (readable ? config.read8(PCI_SECONDARY_BUS) : undefined),
    subordinate: files.subordinate ?? (readable ? config.read8(PCI_SUBORDINATE_BUS) : undefined),
  }
}

function isRootOnly({ config, classCode }: FunctionFiles): boolean {
  if (classCode !== undefined && Math.floor(classCode / 0x100) === CLASS_HOST_BRIDGE) return true
  return config !== undefined && !config.silent && ROOT_ONLY_PORTS.includes(readPcie(config)?.portType)
}

function noteGaps({ bdf, folder, files }: Found, place: Above, gaps: Gaps): void {
  if (place.guessed) gaps.of('bridgeMissing', bdf)
  if (folder.folder === undefined || isBare(files)) return gaps.of('filesMissing', bdf)
  const { config } = files
  if (config === undefined) gaps.of('configMissing', bdf)
  else if (config.silent) gaps.of('silent', bdf)
  else if (config.length <= 64) gaps.of('configHeader', bdf)
  else if (config.length <= 256 && readPcie(config) !== null) gaps.of('configShort', bdf)
  if (files.resources === undefined) gaps.of('resourceMissing', bdf)
  if (files.vendor === undefined || files.device === undefined) gaps.of('idsMissing', bdf)
}

/** Nothing of what makes a function is there. */
const isBare = (files: FunctionFiles): boolean =>
  files.config === undefined && files.vendor === undefined && files.resources === undefined
