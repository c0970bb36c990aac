/** Blocks of lspci to what they tell of their functions. */
import {
  type Bdf,
  bdfParts,
  busName,
  ConfigSpace,
  formatBdf,
  hostBridgeRow,
  PCI_CLASS_REVISION,
  PCI_DEVICE_ID,
  PCI_VENDOR_ID,
  readBarRegisters,
} from '@barter/core'
import type { IdBook, Ids } from '../ids/id-book.ts'
import { factsOf, type FunctionFacts } from '../machine/function-facts.ts'
import type { Place } from '../machine/place.ts'
import type { Block } from './block.ts'
import { configOfWords } from './config-of-words.ts'
import type { NamedBlock } from './lspci-reader.ts'

/** Class and subclass of a bridge from PCI to PCI. */
const PCI_BRIDGE = 0x0604

interface Spoken {
  readonly functions: readonly FunctionFacts[]
  /** What words can never tell. */
  readonly limits: readonly string[]
  readonly notes: readonly string[]
}

/** What the words of all blocks of a file tell. */
export function factsOfBlock(named: readonly NamedBlock[], book: IdBook): Spoken {
  const extendedShown = named.some(({ block }) => block.words.capabilities?.some(({ extended }) => extended) === true)
  const virtual = virtualFunctions(named)
  const alike: string[] = []
  const functions = named.map(({ bdf, block }) => {
    const ids = idsOf(block, book)
    if (block.header.vendor === undefined && ids.device !== undefined && mixed(ids))
      alike.push(`${bdf} (${block.header.name ?? ''})`)
    return factsOfWords(bdf, block, ids, extendedShown, virtual.get(bdf))
  })
  const counted = named.some(({ block }) => block.regions.counted)
  return {
    functions,
    limits: functions.some(({ fromWords }) => fromWords)
      ? ['what lspci prints in words is all that is known of the registers; the rest of them reads as zero']
      : [],
    notes: [
      ...(counted ? ['lspci -v does not number the BARs: they are counted in the order in which they stand'] : []),
      ...(named.some(({ block }) => block.hexBehindHole)
        ? ['rows are missing in hex dumps: what comes behind them is not used']
        : []),
      ...(alike.length > 0
        ? [`several devices, some of them on the kernel's list, have the name of ${alike.slice(0, 4).join(', ')}`]
        : []),
    ],
  }
}

/** Devices of one name, of which the kernel's list has some and not others. */
const mixed = ({ vendor, device, alike }: Ids): boolean =>
  vendor !== undefined &&
  device !== undefined &&
  alike.some((other) => (hostBridgeRow(vendor, other) === undefined) !== (hostBridgeRow(vendor, device) === undefined))

function idsOf({ header }: Block, book: IdBook): Ids {
  if (header.vendor !== undefined && header.device !== undefined)
    return { vendor: header.vendor, device: header.device, alike: [] }
  return header.name === undefined
    ? { vendor: undefined, device: undefined, alike: [] }
    : book.find(header.name, header.device)
}

function factsOfWords(
  bdf: Bdf,
  block: Block,
  { vendor, device }: Ids,
  extendedShown: boolean,
  physicalFunction: Bdf | undefined,
): FunctionFacts {
  const { header, words, regions } = block
  const classCode =
    header.classWord === undefined ? undefined : header.classWord * 0x100 + (header.programmingInterface ?? 0)
  const place = placeOfPath(header.path, bdf)
  const known = { place, vendor, device, classCode, name: header.name, physicalFunction }
  if (!block.verbose) return factsOf(bdf, { ...known, nameOnly: true })
  return factsOf(bdf, {
    ...known,
    config: configOfWords({ ...words, vendor, device, classCode, extendedShown, bars: regions.bars }),
    fromWords: true,
    bars: regions.bars,
    barsUnreadable: regions.unreadable,
    barsBeyond: regions.beyond,
    driver: block.driver,
    iommuGroup: block.iommuGroup,
    numaNode: block.numaNode,
    secondary: words.buses?.[1],
    subordinate: words.buses?.[2],
  })
}

/** What the bytes of a block tell. The words of its first line give what a function that does not answer does not. */
export function factsOfHex(bdf: Bdf, block: Block, book: IdBook): FunctionFacts {
  const config = new ConfigSpace(block.hex ?? new Uint8Array(0))
  const { header } = block
  if (config.silent) {
    const ids = idsOf(block, book)
    const classCode = header.classWord === undefined ? undefined : header.classWord * 0x100
    return factsOf(bdf, {
      config: new ConfigSpace(config.bytes.slice(0, 64)),
      classCode,
      name: header.name,
      vendor: ids.vendor,
      device: ids.device,
    })
  }
  const bars = readBarRegisters(config)
  return factsOf(bdf, {
    place: placeOfPath(header.path, bdf),
    config,
    vendor: config.read16(PCI_VENDOR_ID),
    device: config.read16(PCI_DEVICE_ID),
    classCode: Math.floor((config.read32(PCI_CLASS_REVISION) ?? 0) / 0x100),
    name: header.name,
    ...(bars.length === 0 ? { bars: [] } : {}),
  })
}

/** `-PP` shows the whole way, with bus numbers. */
function placeOfPath(path: readonly string[], bdf: Bdf): Place | undefined {
  if (path.length < 2 || !path.slice(1).every((part) => part.includes(':'))) return undefined
  const { domain } = bdfParts(bdf)
  const names = path.map((part) => {
    const [bus = '', rest = ''] = part.split(':').slice(-2)
    const [device = '', fn = ''] = rest.split('.')
    return formatBdf({ domain, bus: parseInt(bus, 16), device: parseInt(device, 16), function: Number(fn) })
  })
  const top = names[0]
  return top === undefined ? undefined : { hostBridge: busName(domain, bdfParts(top).bus), way: names }
}

/** The physical function of each virtual one, by the numbers in the SR-IOV capability. */
function virtualFunctions(named: readonly NamedBlock[]): ReadonlyMap<Bdf, Bdf> {
  const there = new Set(named.map(({ bdf }) => bdf))
  const found = new Map<Bdf, Bdf>()
  for (const { bdf, block } of named) {
    if (block.virtual === undefined) continue
    const { domain, bus, device, function: fn } = bdfParts(bdf)
    for (let index = 0; index < block.virtual.count; index++) {
      const id = bus * 256 + device * 8 + fn + block.virtual.offset + index * block.virtual.stride
      if (id > 0xffff) break
      const name = formatBdf({
        domain,
        bus: Math.floor(id / 256),
        device: Math.floor((id % 256) / 8),
        function: id % 8,
      })
      if (name !== bdf && there.has(name)) found.set(name, bdf)
    }
  }
  return found
}

/**
 * The listing begins at the beginning, with function 0 of device 0 of bus 0 of some domain. Somebody who shows a few
 * devices only (`lspci -s`) shows those, and not that one. A bridge whose words have lost the bus below it, as with
 * `grep ACSCtl`, may lead to any bus that no other bridge leads to.
 */
export function looksComplete(functions: readonly FunctionFacts[]): boolean {
  const leadsNowhere = ({ classCode, config, fromWords, secondary }: FunctionFacts): boolean =>
    classCode !== undefined &&
    Math.floor(classCode / 0x100) === PCI_BRIDGE &&
    secondary === undefined &&
    (config === undefined || fromWords)
  return functions.some(({ bdf }) => bdf.endsWith(':00:00.0')) && !functions.some(leadsNowhere)
}
