/**
 * The topology file of NCCL and RCCL (`NCCL_TOPO_FILE`), as a virtual machine needs it that cannot see its host's switches.
 * As they do, only the upstream port stands for a switch, and root ports are left out.
 */
import { type PciFunction, readPcieLink, type Topology } from '@barter/core'
import type { CapturedFunction } from '@barter/inspect'
import type { Pieces, Portrait } from './portrait.ts'
import { xmlTag } from './xml.ts'

interface Pci {
  readonly fn: PciFunction
  readonly below: Pci[]
}

/** Ports that NCCL steps over. */
const STEPPED_OVER: readonly PciFunction['kind'][] = ['root-port', 'downstream-port']
const PCI_SUBSYSTEM_VENDOR_ID = 0x2c
const PCI_SUBSYSTEM_ID = 0x2e

export function* ncclXml({ topology, functions }: Portrait): Pieces {
  yield "<!-- Made by barter. Bus ids are those of this machine: inside a virtual machine write the guest's instead.\n"
  yield '     A switch keeps its name: it only has to differ from the others. -->\n'
  yield '<system version="1">\n'
  for (const [node, roots] of byNode(topology, functions)) {
    const { arch, vendor, family } = topology.cpu
    const numa = { numaid: node, arch, vendor, familyid: family }
    yield `  ${xmlTag('cpu', numa, '>')}\n`
    for (const root of roots) yield* pci(topology, root, 2)
    yield '  </cpu>\n'
  }
  yield '</system>\n'
}

function* pci(topology: Topology, { fn, below }: Pci, depth: number): Pieces {
  const indent = '  '.repeat(depth)
  const link = linkOf(topology, fn)
  const { config } = fn
  const header = config.silent || fn.bridge !== undefined
  const attributes = {
    busid: fn.bdf,
    class: hex(fn.classCode, 6),
    vendor: hex(fn.vendor, 4),
    device: hex(fn.device, 4),
    subsystem_vendor: hex(header ? 0 : (config.read16(PCI_SUBSYSTEM_VENDOR_ID) ?? 0), 4),
    subsystem_device: hex(header ? 0 : (config.read16(PCI_SUBSYSTEM_ID) ?? 0), 4),
    // Empty and 0 are what NCCL itself writes where sysfs does not tell; it goes on with usual values then.
    link_speed: link === undefined ? '' : `${link.speed.toFixed(1)} GT/s PCIe`,
    link_width: link?.width ?? 0,
  }
  if (below.length === 0) return void (yield `${indent}${xmlTag('pci', attributes)}\n`)
  yield `${indent}${xmlTag('pci', attributes, '>')}\n`
  for (const child of below) yield* pci(topology, child, depth + 1)
  yield `${indent}</pci>\n`
}

/** The devices and the switches above them, by NUMA node; one that is not known is taken to be the first. */
function byNode(topology: Topology, functions: readonly PciFunction[]): ReadonlyMap<number, readonly Pci[]> {
  const nodes = new Map<number, Pci[]>()
  const made = new Map<PciFunction, Pci>()
  const known = functions.map((fn) => nodeOf(topology, fn)).filter((node) => node !== undefined)
  for (const fn of functions) {
    const way = topology.chain(fn).filter(({ kind }) => !STEPPED_OVER.includes(kind))
    const node = nodeOf(topology, fn) ?? (known.length > 0 ? Math.min(...known) : 0)
    let top: Pci | undefined
    for (const step of way) {
      const known = made.get(step)
      const pci = known ?? { fn: step, below: [] }
      if (top !== undefined) pci.below.push(top)
      made.set(step, pci)
      // What is above it has its place already.
      top = known === undefined ? pci : undefined
      if (known !== undefined) break
    }
    if (top !== undefined) nodes.set(node, [...(nodes.get(node) ?? []), top])
  }
  return new Map([...nodes].sort(([a], [b]) => a - b))
}

function nodeOf(topology: Topology, fn: PciFunction): number | undefined {
  return topology
    .chain(fn)
    .map((above: CapturedFunction) => above.numaNode)
    .find((node) => node !== undefined && node >= 0)
}

/** The slower end of a link is what it runs at; a link that sleeps shows less in its status. */
function linkOf(topology: Topology, fn: PciFunction): { readonly speed: number; readonly width: number } | undefined {
  const own = readPcieLink(fn.config)
  const above = topology.parent(fn)
  const other = above === undefined ? undefined : readPcieLink(above.config)
  if (own === undefined || other === undefined) return own
  return { speed: Math.min(own.speed, other.speed), width: Math.min(own.width, other.width) }
}

const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`
