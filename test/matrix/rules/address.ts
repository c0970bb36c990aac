/**
 * Which address an importer is given, and where a packet that carries it ends: SGT-2 to SGT-8, DMA-4, DMA-11 to DMA-18,
 * PGM-10, T1-2, IFD-6.
 */
import type { ExporterKind, ImporterKind } from '@barter/core'
import { addressText } from '../observation.ts'
import { clientOf, lenderOf, mapTypeOf, pathOf, redirects, trusted, type World } from './p2p.ts'

export interface Given {
  /** As an observation has it; `-` with an errno. */
  readonly address: string
  readonly errno?: string
  readonly arrives: boolean
  /** What the judge finds wrong with the first packet: the place, or the way. */
  readonly wrong?: 'INV-16' | 'INV-18'
}

const refused = (errno: string): Given => ({ address: '-', errno, arrives: false })
const right = (address: string): Given => ({ address, arrives: true })

export function givenTo(world: World, exporter: ExporterKind, importer: ImporterKind): Given {
  if (importer.takes === 'mapping') return byIommuAlone(world)
  const type = mapTypeOf(world)
  if (importer.takes === 'ranges') {
    // VFIO-63: the owner of the BAR has the group of both.
    const oneGroup = world.facts.iommu.mode !== 'none' && type === 'bus-addr'
    return oneGroup ? refused('EPERM') : byIommuAlone(world)
  }
  // DMA-3: some architectures have operations of their own, which know RAM only.
  const asksOperations = exporter.addresses === 'map-resource' || type === 'thru-host-bridge'
  if (asksOperations && translated(world) && /^(alpha|sparc)/.test(world.facts.cpu.arch ?? '')) return refused('ENOMEM')
  if (exporter.addresses === 'map-resource') return oldCall(world)
  // PGM-10 for pages, SGT-8 for the provider.
  if (type === 'not-supported') return refused(exporter.addresses === 'pages' ? 'EREMOTEIO' : 'EINVAL')
  if (type === 'bus-addr') return right(addressText('bus', cpuAddress(world) + busOffset(world)))
  if (translated(world)) return right('iova')
  const through = inward(world, cpuAddress(world))
  return through === undefined ? refused('ENOMEM') : right(addressText('phys', through))
}

/** T1-1, T1-2, IFD-6: an entry of the IOMMU, whatever the default domain. No look at the tree. */
function byIommuAlone(world: World): Given {
  if (world.facts.iommu.mode === 'none') return refused('ENODEV')
  return trusted(world) ? right('iova') : { address: 'iova', arrives: false, wrong: 'INV-16' }
}

/** DMA-11: the CPU address or an IOVA, and nobody asks for the way (DMA-13 to DMA-18). */
function oldCall(world: World): Given {
  const straight = mapTypeOf(world) === 'bus-addr'
  if (translated(world)) {
    if (!trusted(world)) return { address: 'iova', arrives: false, wrong: 'INV-16' }
    return straight ? { address: 'iova', arrives: true, wrong: 'INV-18' } : right('iova')
  }
  const address = addressText('phys', cpuAddress(world))
  const { common, clientSide } = pathOf(world)
  const across = common !== undefined && !clientSide.some(redirects) && busOffset(world) === 0
  if (across) return right(address)
  // Up to the root complex, which looks for the address where devices see the CPU's.
  const found = trusted(world) && outward(world, cpuAddress(world)) === cpuAddress(world)
  if (!found) return { address, arrives: false, wrong: 'INV-16' }
  return straight ? { address, arrives: true, wrong: 'INV-18' } : right(address)
}

const translated = ({ facts }: World): boolean => facts.iommu.mode === 'translated'

const cpuAddress = (world: World): number => lenderOf(world).bars[0]?.start ?? 0

/** P2P-4: of the window that the BAR is in. */
function busOffset(world: World): number {
  const at = cpuAddress(world)
  const bridge = world.topology.hostBridges.find(({ id }) => id === lenderOf(world).hostBridge)
  const window = bridge?.windows.find(({ start, length }) => at >= start && at < start + length)
  return window?.busOffset ?? 0
}

const inboundOf = (world: World) =>
  world.topology.hostBridges.find(({ id }) => id === clientOf(world).hostBridge)?.inbound ?? []

/** DMA-4: the bus address under which the importer reaches a CPU address. */
function inward(world: World, cpu: number): number | undefined {
  const ranges = inboundOf(world)
  if (ranges.length === 0) return cpu
  const range = ranges.find(({ start, length }) => cpu >= start && cpu < start + length)
  return range === undefined ? undefined : cpu - range.start + range.bus
}

/** The other way round: which CPU address a packet that comes up means. */
function outward(world: World, bus: number): number | undefined {
  const ranges = inboundOf(world)
  if (ranges.length === 0) return bus
  const range = ranges.find((one) => bus >= one.bus && bus < one.bus + one.length)
  return range === undefined ? undefined : bus - range.bus + range.start
}
