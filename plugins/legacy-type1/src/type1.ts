/** The plugin: an importer for driver `type1`, a device in the hands of user space, behind an IOMMU that user space fills. */
import {
  type AccessRequest,
  type AccessResult,
  advance,
  BUS,
  type Bus,
  type ControlCall,
  type CpuMapping,
  type Device,
  type DeviceNode,
  done,
  FACTS,
  type GivenObject,
  GROUP_OWNERS,
  type GroupOwners,
  type Import,
  type Importer,
  IOMMU_DOMAINS,
  iova,
  KernelError,
  type Need,
  type Op,
  type Plugin,
  type Scope,
  type StepValue,
  token,
  TRACE,
  VFIO_CONTAINERS,
  WITNESS,
} from '@barter/core'
import { Container, type Entry } from './container.ts'
import { containerNode, Containers } from './containers.ts'
import { JudgedEntry } from './judged-entry.ts'
import { mapRequest, type1Options } from './options.ts'

const NAME = 'legacy-type1'
const SUPPORTS = { dynamic: false, peer2peer: false, invalidate: false, pins: false, restartable: false }

/** **Shape** no options; each import says where. **Source** T1-1 to T1-8 */
export function type1(): Plugin {
  return {
    name: NAME,
    apply: ({ hooks, scope }) => {
      scope.provide(CONTAINERS_OF_RUN, (run) => new Containers(run))
      scope.provide(VFIO_CONTAINERS, (run) => run.get(CONTAINERS_OF_RUN))
      hooks.importer.for('type1').tap(NAME, (run) => new Type1Driver(run))
    },
  }
}

/** By whom opened devices and mappings find the same container. */
const CONTAINERS_OF_RUN = token<Containers>(`${NAME}:containers`)

const IOMMU_NEEDED: Need = {
  token: IOMMU_DOMAINS,
  what: 'an IOMMU',
  hint: 'add platform-iommu, or give the machine no IOMMU at all',
}

class Type1Driver implements Importer {
  readonly driver = 'type1'
  readonly supports = SUPPORTS
  readonly kinds = [
    { options: { iova: 0x1000_0000 }, supports: SUPPORTS, takes: 'mapping', maps: 'import', unmaps: 'close' },
  ] as const
  readonly options = type1Options
  readonly needs: readonly Need[]
  readonly userOwned = true
  readonly node: DeviceNode
  readonly #run: Scope
  readonly #bus: Bus
  readonly #owners: GroupOwners
  readonly #containers: Containers

  constructor(run: Scope) {
    this.#run = run
    this.#bus = run.get(BUS)
    this.#owners = run.get(GROUP_OWNERS)
    // A machine without one answers for itself.
    this.needs = run.get(FACTS).iommu.mode === 'none' ? [] : [IOMMU_NEEDED]
    this.#containers = run.get(CONTAINERS_OF_RUN)
    this.node = containerNode(this.#containers)
  }

  probe(): Op<void> {
    return done(undefined)
  }

  /** **Errors** EFAULT: a container maps addresses of the process, and a buffer that cannot be mapped there has none. */
  *import(device: Device): Op<Import> {
    throw new KernelError(
      'EFAULT',
      'T1-1',
      `the container of ${device.name} takes addresses of the process, no dma-buf`,
    )
  }

  /** `VFIO_IOMMU_MAP_DMA` of a CPU mapping. **Errors** those of the container; ENODEV without an IOMMU. */
  *importMapping(
    device: Device,
    mapping: CpuMapping,
    given: Readonly<Record<string, StepValue>>,
    call?: ControlCall,
  ): Op<Import> {
    const request = mapRequest(given, mapping.length)
    const container = this.#container(device, request.container, call?.given.container)
    const entry = yield* container.map(device, mapping, request)
    const judged = new JudgedEntry(this.#run.get(WITNESS), this.#run.get(TRACE), device, mapping, entry)
    return {
      access: (request) => access(this.#bus, device, entry, judged.mapping, request),
      close: () => unmap(container, entry, judged),
    }
  }

  /** That which was opened, or is called so; else the one that its group is in, or one of its own. */
  #container(device: Device, name: string | undefined, given: GivenObject | undefined): Container {
    const opened = given?.kind === 'object' ? given.object : undefined
    if (opened instanceof Container) return opened
    const owner = this.#owners.ownerOf(device)
    if (name === undefined && owner instanceof Container) return owner
    if (this.#run.get(FACTS).iommu.mode === 'none') {
      throw new KernelError('ENODEV', 'T1-2', `no IOMMU translates for ${device.name}`)
    }
    return this.#containers.called(name ?? device.name, 'type1')
  }
}

function* unmap(container: Container, entry: Entry, judged: JudgedEntry): Op<void> {
  judged.unmapped()
  yield* container.unmap(entry)
}

/** The device uses the address it was given, for as long as user space has it do so. */
function* access(
  bus: Bus,
  from: Device,
  { iova: start, length: mapped }: Entry,
  mapping: number,
  { access, offset, length, data }: AccessRequest,
): Op<AccessResult> {
  if (offset + length > mapped) return { ok: false, status: 'beyond the end of the mapping' }
  const packet = { from, access, at: advance(iova(start), offset), length, mapping }
  const result = yield* bus.dma(data === undefined ? packet : { ...packet, data })
  if (!result.arrived) return { ok: false, status: result.route.why }
  return { ok: true, status: 'success', ...(result.data === undefined ? {} : { data: result.data }) }
}
