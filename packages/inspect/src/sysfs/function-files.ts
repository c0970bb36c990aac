/** The files of one function. */
import {
  ConfigSpace,
  parseBdf,
  PCI_CAPABILITY_LIST,
  PCI_CLASS_REVISION,
  PCI_DEVICE_ID,
  PCI_VENDOR_ID,
} from '@barter/core'
import { type FileTree, readText } from '../tree/file-tree.ts'
import { baseName, joinPath } from '../tree/tree-path.ts'
import { factsOf, type FunctionFacts } from '../machine/function-facts.ts'
import { barsOf } from './bars.ts'
import type { FunctionFolder } from './function-folders.ts'
import { parseResources } from './resource-file.ts'

const CONFIG_BYTES = 4096
/** A header: what a reader without root gets. */
const HEADER_BYTES = 64

/** What the folder of a function tells of it; without a folder, its place alone. */
export function readFunctionFiles(tree: FileTree, { bdf, folder, place, inside }: FunctionFolder): FunctionFacts {
  if (folder === undefined) return factsOf(bdf, { nameOnly: true, place, inside })
  const text = (name: string): string | undefined => readText(tree, joinPath(folder, name), 8192)
  const link = (name: string): string | undefined => {
    const target = tree.link(joinPath(folder, name))
    return target === undefined ? undefined : baseName(target)
  }
  const config = readConfig(tree, joinPath(folder, 'config'))
  const answers = config?.silent === false
  const uevent = ueventFields(text('uevent') ?? '')
  const ids = /^([0-9A-F]{1,4}):([0-9A-F]{1,4})$/i.exec(uevent.get('PCI_ID') ?? '')
  const resource = text('resource')
  const { bars, unreadable, beyond } = barsOf(config, resource === undefined ? undefined : parseResources(resource))
  const vendor = hexNumber(text('vendor')) ?? hexNumber(ids?.[1])
  return factsOf(bdf, {
    place,
    inside,
    // Nothing of what makes a function is there.
    nameOnly: config === undefined && vendor === undefined && resource === undefined,
    config,
    // The kernel keeps the ids of a function that has stopped to answer.
    vendor: vendor ?? (answers ? config.read16(PCI_VENDOR_ID) : undefined),
    device: hexNumber(text('device')) ?? hexNumber(ids?.[2]) ?? (answers ? config.read16(PCI_DEVICE_ID) : undefined),
    classCode:
      hexNumber(text('class')) ?? hexNumber(uevent.get('PCI_CLASS')) ?? (answers ? configClass(config) : undefined),
    bars: resource === undefined ? undefined : bars,
    barsUnreadable: unreadable,
    barsBeyond: beyond,
    driver: link('driver') ?? uevent.get('DRIVER'),
    iommuGroup: decimal(link('iommu_group')),
    numaNode: decimal(text('numa_node')),
    physicalFunction: parseBdf(link('physfn') ?? ''),
    resetMethods: text('reset_method')?.split(/\s+/).filter(Boolean),
    dmaMaskBits: decimal(text('dma_mask_bits')),
    secondary: decimal(text('secondary_bus_number')),
    subordinate: decimal(text('subordinate_bus_number')),
    removable: text('removable') === 'removable',
  })
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
