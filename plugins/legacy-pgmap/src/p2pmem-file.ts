/** An open device whose memory is lent page by page. */
import {
  type Bus,
  type CpuMapping,
  type Device,
  type Devices,
  type DmaBuf,
  type DmaBufServices,
  type ExporterFile,
  type ExportRequest,
  type Facts,
  formatLength,
  hex,
  KernelError,
  type MmapRequest,
  type Op,
  type SgtServices,
  type StepValue,
  type Witness,
} from '@barter/core'
import { checkPin } from './get-user-pages.ts'
import { lendPages } from './lent-pages.ts'
import { mapForUser } from './map-for-user.ts'
import type { P2pMemory } from './p2p-memory.ts'
import { pgmapCost } from './pgmap-cost.ts'

export interface P2pmemServices extends DmaBufServices, SgtServices {
  readonly facts: Facts
  readonly witness: Witness
  readonly devices: Devices
  readonly memory: P2pMemory
  readonly bus: Bus
  nextBuffer(): number
}

type Given = Readonly<Record<string, StepValue>>

export class P2pmemFile implements ExporterFile {
  readonly device: Device
  readonly #services: P2pmemServices

  constructor(services: P2pmemServices, device: Device) {
    this.#services = services
    this.device = device
  }

  /**
   * Pages from the pool, in a buffer: the range says how many, the pool says which.
   * **Errors** EINVAL unless it is one range that begins at 0; ENODEV, ENOMEM (PGM-8).
   */
  *export({ bar, ranges, name }: ExportRequest): Op<DmaBuf> {
    const [range] = ranges
    if (range === undefined || ranges.length > 1 || range.length === 0n) {
      throw new KernelError('EINVAL', 'PGM-8', `${ranges.length} ranges: the pool gives one run of pages`)
    }
    const { memory, trace } = this.#services
    const pages = memory.allocate(this.device, bar, range.offset, Number(range.length))
    const label = name ?? `${this.device.name}.p2pmem#${this.#services.nextBuffer()}`
    const buffer = lendPages(this.#services, pages, label)
    const { length } = pages.range
    trace.emit({ kind: 'export', buffer: label, device: this.device.name, bar, length, state: 'live' })
    return buffer
  }

  /** **Errors** those of `mapForUser`. */
  *mmap(request: MmapRequest): Op<CpuMapping> {
    return yield* mapForUser(this.#services, this.device, request)
  }

  /** **Errors** those of the word; ENOTTY for one that it does not know. */
  *control(name: string, given: Given): Op<StepValue> {
    const { memory } = this.#services
    switch (name) {
      case 'addResource':
        return this.#addResource(given)
      case 'publish':
        memory.publish(this.device, given.on !== false)
        return null
      case 'find':
        return this.#find(this.#called(given.clients))
      case 'p2pmem':
        return { ...memory.status(this.device) }
      case 'pageMapType':
        return this.#pageMapType(given)
      case 'pinPages':
        checkPin({ p2pdma: given.p2pdma === true, longterm: given.longterm === true })
        return null
      default:
        throw new KernelError('ENOTTY', 'PGM-8', `p2pmem has no ${name}`)
    }
  }

  *close(): Op<void> {
    // A file holds nothing: pages are what an unbind waits for.
  }

  #addResource({ bar, offset, size }: Given): StepValue {
    const request = { bar: Number(bar), offset: Number(offset ?? 0), size: Number(size ?? 0) }
    const { range } = this.#services.memory.addResource(this.device, request)
    const { pages, bytes } = pgmapCost(range.length, this.#services.facts.pageSize)
    const text = `${pages} struct pages for ${formatLength(range.length)} of ${this.device.name} take ${formatLength(bytes)}`
    this.#services.trace.emit({ kind: 'note', text, rule: 'PGM-6' })
    return { start: range.start, length: range.length, pages, structPageBytes: bytes }
  }

  #find(clients: readonly Device[]): StepValue {
    const { memory, trace } = this.#services
    const provider = memory.find(clients)?.name ?? null
    const names = clients.map(({ name }) => name).join(', ')
    trace.emit({ kind: 'note', text: `nearest memory to ${names}: ${provider ?? 'none'}`, rule: 'P2P-27' })
    return { provider }
  }

  #pageMapType({ address, client }: Given): StepValue {
    const [device] = this.#called([client ?? null])
    const at = Number(address)
    const type = device && this.#services.memory.pageMapType(at, device)
    if (type === undefined) throw new KernelError('EFAULT', 'PGM-9', `there is no struct page at ${hex(at)}`)
    return { mapType: type }
  }

  #called(names: StepValue | undefined): readonly Device[] {
    return (Array.isArray(names) ? names : []).map((name: StepValue) => {
      const device = this.#services.devices.all.find((one) => one.name === name)
      if (device === undefined)
        throw new KernelError('ENODEV', 'P2P-27', `there is no ${typeof name === 'string' ? name : 'such device'}`)
      return device
    })
  }
}
