/** P2P memory of all devices in a run: `pci_p2pdma_add_resource()` and what follows from it. */
import {
  checkPgmap,
  type CpuMapping,
  type Device,
  type Devices,
  hex,
  initP2p,
  isAligned,
  type Kernel,
  KernelError,
  type MapType,
  mapType,
  type MapTypeServices,
  type Op,
  p2pProvider,
  type PgmapRequest,
  type PhysRange,
  sectionSize,
  token,
} from '@barter/core'
import { findMany } from './nearest-provider.ts'
import type { PgmapOptions } from './options.ts'
import { type P2pPages, PageMap } from './page-map.ts'

export interface P2pMemoryServices extends MapTypeServices {
  readonly kernel: Kernel
  readonly devices: Devices
  readonly random: (limit: number) => number
  readonly options: PgmapOptions
}

/** What sysfs shows below `p2pmem/` (PGM-8), in bytes. */
export interface P2pMemoryStatus {
  readonly size: number
  readonly available: number
  readonly published: boolean
}

/** Of a struct page, which need not be P2P memory (P2P-13). */
export type PageMapType = MapType | 'none'

interface Pool {
  readonly maps: PageMap[]
  published: boolean
  /** The `allocate` file is there. */
  allocating: boolean
  /** What processes have mapped of it. */
  readonly mappings: Set<CpuMapping>
}

export class P2pMemory {
  readonly #services: P2pMemoryServices
  readonly #pools = new Map<Device, Pool>()

  constructor(services: P2pMemoryServices) {
    this.#services = services
  }

  /** Make struct pages for a piece of a BAR. **Errors** PGM-1 to PGM-5, first failing row. */
  addResource(device: Device, request: PgmapRequest): PageMap {
    const { facts, topology, kernel, trace } = this.#services
    const existing = [...this.#pools.values()].flatMap(({ maps }) => maps.map((map) => map.range))
    const range = checkPgmap(facts, topology, device.fn, request, existing)
    if (this.#services.options.wholeSections === true) this.#checkSections(range)
    initP2p(device)
    const provider = p2pProvider(device, request.bar)
    if (provider === null)
      throw new KernelError('EINVAL', 'PGM-1', `BAR ${request.bar} of ${device.name} has no provider`)
    const map = new PageMap(kernel, provider, range, request.offset)
    const pool = this.#pools.get(device) ?? {
      maps: [],
      published: false,
      allocating: true,
      mappings: new Set<CpuMapping>(),
    }
    pool.maps.push(map)
    this.#pools.set(device, pool)
    const last = hex(range.start + range.length - 1)
    trace.emit({ kind: 'log', message: `${device.bdf}: P2P memory ${hex(range.start)} to ${last}`, rule: 'PGM-1' })
    return map
  }

  /** Let `find` see it. Such memory must be free of side effects. **Source** PGM-7 */
  publish(device: Device, published: boolean): void {
    this.#pool(device).published = published
  }

  /** Pages for a driver. `undefined`: the device has none, none so many together, or it is being unbound. **Source** PGM-7 */
  alloc(device: Device, length: number, bar?: number): P2pPages | undefined {
    const { pageSize } = this.#services.facts
    const pool = this.#pools.get(device)
    for (const map of pool?.maps ?? []) {
      if (bar !== undefined && map.provider.bar !== bar) continue
      const pages = map.alloc(Math.ceil(length / pageSize) * pageSize)
      if (pages !== undefined) return pages
    }
    return undefined
  }

  /**
   * Pages for user space: an mmap of `p2pmem/allocate`.
   * **Errors** EINVAL for an offset; ENODEV without P2P memory, or when the file is gone; ENOMEM. **Source** PGM-8
   */
  allocate(device: Device, bar: number, offset: bigint, length: number): P2pPages {
    if (offset !== 0n) throw new KernelError('EINVAL', 'PGM-8', `an offset of ${hex(offset)}: the pool chooses where`)
    const pool = this.#pool(device)
    if (!pool.allocating) throw new KernelError('ENODEV', 'PGM-11', `the driver of ${device.name} is being unbound`)
    if (pool.maps.every((map) => map.provider.bar !== bar)) throw noMemory(`BAR ${bar} of ${device.name}`)
    const pages = this.alloc(device, length, bar)
    if (pages === undefined)
      throw new KernelError('ENOMEM', 'PGM-8', `BAR ${bar} has no run of ${hex(length)} bytes left`)
    return pages
  }

  /**
   * What `dma_map_sg()` finds out about the page at an address before it makes a DMA address of it (PGM-10). `none`: a page
   * of ordinary memory, which is mapped as such (P2P-13). `undefined`: there is no page.
   */
  pageMapType(at: number, client: Device): PageMapType | undefined {
    const holds = ({ start, length }: PhysRange): boolean => at >= start && at < start + length
    const map = [...this.#pools.values()].flatMap(({ maps }) => maps).find(({ range }) => holds(range))
    if (map !== undefined) return mapType(this.#services, map.provider, client).mapType
    return this.#services.topology.memory.some(holds) ? 'none' : undefined
  }

  /** Processes whose entries are taken away when the file goes (PGM-11). **Errors** ENODEV without P2P memory. */
  mappingsOf(device: Device): Set<CpuMapping> {
    return this.#pool(device).mappings
  }

  /** **Errors** ENODEV without P2P memory. */
  status(device: Device): P2pMemoryStatus {
    const { maps, published } = this.#pool(device)
    const sum = (of: (map: PageMap) => number): number => maps.reduce((total, map) => total + of(map), 0)
    return { size: sum((map) => map.range.length), available: sum((map) => map.available), published }
  }

  /** The published memory that is nearest to all clients. **Source** P2P-27 */
  find(clients: readonly Device[]): Device | undefined {
    const { devices, random } = this.#services
    const published = devices.all.filter((device) => this.#pools.get(device)?.published === true)
    return findMany(this.#services, published, clients, random)
  }

  /**
   * The driver goes: nothing new, then wait for every page that somebody has, then take the pages away (PGM-11).
   * **Locks** the device lock is held, all the while.
   */
  *detach(device: Device): Op<void> {
    const pool = this.#pools.get(device)
    if (pool === undefined) return
    this.#tell(device, 'removeAllocateFile')
    pool.allocating = false
    // With the file go the mappings of it, and the references that their entries hold.
    for (const mapping of [...pool.mappings]) yield* mapping.zap()
    for (const map of pool.maps.toReversed()) {
      this.#tell(device, 'killReference')
      map.kill()
      yield* map.waitForPages()
      this.#tell(device, 'unmapPages')
    }
    this.#pools.delete(device)
  }

  /** Bytes that were not given back, by device. */
  leftovers(): readonly { readonly device: Device; readonly lent: number }[] {
    return [...this.#pools].flatMap(([device, { maps }]) => {
      const lent = maps.reduce((sum, map) => sum + map.lent, 0)
      return lent === 0 ? [] : [{ device, lent }]
    })
  }

  #pool(device: Device): Pool {
    const pool = this.#pools.get(device)
    if (pool === undefined) throw noMemory(device.name)
    return pool
  }

  /** PGM-2, PGM-3. **Not modelled** that an older kernel looks at this before it looks for RAM and other pages. */
  #checkSections(range: PhysRange): void {
    const { facts } = this.#services
    const section = sectionSize(facts.cpu.arch ?? 'x86_64', facts.pageSize)
    if (section === undefined || (isAligned(range.start, section) && isAligned(range.length, section))) return
    const text = `${hex(range.length)} bytes at ${hex(range.start)}`
    throw new KernelError('EINVAL', 'PGM-2', `${text} are not in whole sections of ${hex(section)} bytes`)
  }

  #tell(device: Device, name: string): void {
    const { trace } = this.#services
    trace.emit({ kind: 'protocol', protocol: 'p2pmem detach', name, subject: device.name, rule: 'PGM-11' })
  }
}

const noMemory = (what: string): KernelError => new KernelError('ENODEV', 'PGM-8', `${what} has no P2P memory`)

/** The run's P2P memory, for whoever is given this plugin. */
export const P2P_MEMORY = token<P2pMemory>('legacy-pgmap:memory')
