/** The plugin: an importer for driver `type1`, a device in the hands of user space, behind an IOMMU that user space fills. */
import {
  type AccessRequest,
  type AccessResult,
  advance,
  BUS,
  type Bus,
  type CpuMapping,
  type Device,
  done,
  FACTS,
  type Import,
  type Importer,
  IOMMU_DOMAINS,
  iova,
  KERNEL,
  KernelError,
  type Op,
  type Plugin,
  type Scope,
  type StepValue,
  TOPOLOGY,
  TRACE,
  WITNESS,
} from '@barter/core'
import { Container, type Entry } from './container.ts'
import { JudgedEntry } from './judged-entry.ts'
import { mapRequest, type1Options } from './options.ts'

const NAME = 'legacy-type1'
const SUPPORTS = { dynamic: false, peer2peer: false, invalidate: false, pins: false, restartable: false }

/** **Shape** no options; each import says where. **Source** T1-1 to T1-8 */
export function type1(): Plugin {
  return {
    name: NAME,
    apply: ({ hooks }) => {
      hooks.importer.for('type1').tap(NAME, (run) => new Type1Driver(run))
    },
  }
}

class Type1Driver implements Importer {
  readonly driver = 'type1'
  readonly supports = SUPPORTS
  readonly kinds = [
    { options: { iova: 0x1000_0000 }, supports: SUPPORTS, takes: 'mapping', maps: 'import', unmaps: 'close' },
  ] as const
  readonly options = type1Options
  readonly #run: Scope
  readonly #bus: Bus
  readonly #containers = new Map<string, Container>()

  constructor(run: Scope) {
    this.#run = run
    this.#bus = run.get(BUS)
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
  *importMapping(device: Device, mapping: CpuMapping, given: Readonly<Record<string, StepValue>>): Op<Import> {
    const request = mapRequest(given, mapping.length)
    const container = this.#container(request.container ?? device.name)
    const entry = yield* container.map(device, mapping, request)
    const judged = new JudgedEntry(this.#run.get(WITNESS), this.#run.get(TRACE), device, mapping, entry)
    return {
      access: (request) => access(this.#bus, device, entry, judged.mapping, request),
      *close() {
        judged.unmapped()
        yield* container.unmap(entry)
      },
    }
  }

  /** The IOMMU is asked for only now: a machine without one may still have this driver. */
  #container(name: string): Container {
    const known = this.#containers.get(name)
    if (known !== undefined) return known
    if (this.#run.get(FACTS).iommu.mode === 'none') {
      throw new KernelError('ENODEV', 'T1-2', `no IOMMU translates for container ${name}`)
    }
    const made = new Container(this.#run.get(KERNEL), this.#run.get(TOPOLOGY), this.#run.get(IOMMU_DOMAINS), name)
    this.#containers.set(name, made)
    return made
  }
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
