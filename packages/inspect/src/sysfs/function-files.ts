/** The files of one function as they stand, before anything is concluded from them. */
import {
  type Bdf,
  ConfigSpace,
  parseBdf,
  PCI_CAPABILITY_LIST,
  PCI_CLASS_REVISION,
  PCI_DEVICE_ID,
  PCI_VENDOR_ID,
} from '@barter/core'
import { type FileTree, readText } from '../tree/file-tree.ts'
import { baseName, joinPath } from '../tree/tree-path.ts'
import { parseResources, type Resource } from './resource-file.ts'

export interface FunctionFiles {
  /** `undefined` without a config file. */
  readonly config: ConfigSpace | undefined
  readonly vendor: number | undefined
  readonly device: number | undefined
  readonly classCode: number | undefined
  readonly resources: readonly (Resource | undefined)[] | undefined
  readonly driver: string | undefined
  readonly iommuGroup: number | undefined
  readonly numaNode: number | undefined
  readonly physicalFunction: Bdf | undefined
  readonly resetMethods: readonly string[] | undefined
  readonly dmaMaskBits: number | undefined
  readonly secondary: number | undefined
  readonly subordinate: number | undefined
  readonly removable: boolean
}

const CONFIG_BYTES = 4096
/** A header: what a reader without root gets. */
const HEADER_BYTES = 64

/** **Shape** everything `undefined` when `folder` is. */
export function readFunctionFiles(tree: FileTree, folder: string | undefined): FunctionFiles {
  const text = (name: string): string | undefined =>
    folder === undefined ? undefined : readText(tree, joinPath(folder, name), 8192)
  const link = (name: string): string | undefined => {
    const target = folder === undefined ? undefined : tree.link(joinPath(folder, name))
    return target === undefined ? undefined : baseName(target)
  }
  const config = folder === undefined ? undefined : readConfig(tree, joinPath(folder, 'config'))
  const answers = config?.silent === false
  const uevent = ueventFields(text('uevent') ?? '')
  const ids = /^([0-9A-F]{1,4}):([0-9A-F]{1,4})$/i.exec(uevent.get('PCI_ID') ?? '')
  const resource = text('resource')
  return {
    config,
    // The kernel keeps the ids of a function that has stopped to answer.
    vendor: hexNumber(text('vendor')) ?? hexNumber(ids?.[1]) ?? (answers ? config.read16(PCI_VENDOR_ID) : undefined),
    device: hexNumber(text('device')) ?? hexNumber(ids?.[2]) ?? (answers ? config.read16(PCI_DEVICE_ID) : undefined),
    classCode:
      hexNumber(text('class')) ?? hexNumber(uevent.get('PCI_CLASS')) ?? (answers ? configClass(config) : undefined),
    resources: resource === undefined ? undefined : parseResources(resource),
    driver: link('driver') ?? uevent.get('DRIVER'),
    iommuGroup: decimal(link('iommu_group')),
    numaNode: decimal(text('numa_node')),
    physicalFunction: parseBdf(link('physfn') ?? ''),
    resetMethods: text('reset_method')?.split(/\s+/).filter(Boolean),
    dmaMaskBits: decimal(text('dma_mask_bits')),
    secondary: decimal(text('secondary_bus_number')),
    subordinate: decimal(text('subordinate_bus_number')),
    removable: text('removable') === 'removable',
  }
}

/**
 * A function that does not answer reads as ones everywhere, so of its bytes only the header is taken, to show that. So
 * are they where tar, run without root, has filled up with zeros the space that it could not read.
 */
function readConfig(tree: FileTree, path: string): ConfigSpace | undefined {
  const bytes = tree.read(path, CONFIG_BYTES)
  if (bytes === undefined || bytes.length < HEADER_BYTES) return undefined
  const config = new ConfigSpace(bytes)
  return config.silent || isFilledUp(config) ? new ConfigSpace(bytes.slice(0, HEADER_BYTES)) : config
}

/** The header says that capabilities follow, and nothing but zeros does. */
function isFilledUp(config: ConfigSpace): boolean {
  const first = config.read8(PCI_CAPABILITY_LIST) ?? 0
  return first >= HEADER_BYTES && config.bytes.subarray(HEADER_BYTES).every((byte) => byte === 0)
}

/** The upper 24 bits of the register. */
function configClass(config: ConfigSpace): number | undefined {
  const word = config.read32(PCI_CLASS_REVISION)
  return word === undefined ? undefined : Math.floor(word / 0x100)
}

/** `KEY=value`, one a line. */
function ueventFields(text: string): ReadonlyMap<string, string> {
  const pairs = text.split('\n').map((line) => {
    const at = line.indexOf('=')
    return [line.slice(0, Math.max(0, at)), line.slice(at + 1).trim()] as const
  })
  return new Map(pairs)
}

function hexNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^(0x)?[0-9a-f]{1,6}$/i.test(text) ? parseInt(text, 16) : undefined
}

/** Numbers that sysfs writes for "none", as in a NUMA node of -1, count as not told. */
function decimal(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined
}
