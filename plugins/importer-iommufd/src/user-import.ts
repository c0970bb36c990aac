/**
 * A device in the hands of a program that drives it through iommufd alone, and nothing else in the same hands: an import
 * is `IOMMU_IOAS_MAP_FILE` into the one address space of the device, and its end the unmap.
 */
import {
  type AccessRequest,
  type AccessResult,
  advance,
  type Device,
  type DmaBuf,
  hex,
  type Import,
  type Iova,
  iova,
  KernelError,
  type Lock,
  type Op,
  type StepValue,
} from '@barter/core'
import type { BoundDevice } from './bound-device.ts'
import { Context } from './context.ts'
import { DmabufPages } from './dmabuf-pages.ts'
import type { Ioas } from './ioas.ts'
import { mapFile } from './map-file.ts'
import type { IommufdServices } from './services.ts'

interface OwnSpace {
  readonly context: Context
  readonly ioas: Ioas
  imports: number
  /** Around the making of what follows: the program may have several threads. */
  readonly lock: Lock
  /** The device, once something is there for it. */
  bound?: BoundDevice
}

export class UserDevices {
  readonly #services: IommufdServices
  readonly #spaces = new Map<Device, OwnSpace>()

  constructor(services: IommufdServices) {
    this.#services = services
  }

  /**
   * First into the address space, then the device into it, if it is not there yet.
   * **Errors** those of the map; then ENODEV without an IOMMU, EPERM when another owns the group.
   */
  import(device: Device, buffer: DmaBuf, options: Readonly<Record<string, StepValue>>): Op<Import> {
    return this.#services.inside(this.#map(device, buffer, options))
  }

  *#map(device: Device, buffer: DmaBuf, options: Readonly<Record<string, StepValue>>): Op<Import> {
    const space = this.#spaces.get(device) ?? this.#open(device)
    space.imports++
    try {
      const at = yield* mapFile(this.#services, () => space.ioas, { kind: 'buffer', buffer }, options)
      yield* this.#letIn(device, space)
      return this.#import(device, buffer, space, at)
    } catch (error) {
      yield* this.#close(device, space)
      throw error
    }
  }

  *#letIn(device: Device, space: OwnSpace): Op<void> {
    yield* space.lock.lock()
    try {
      space.bound ??= yield* this.#attach(device, space)
    } finally {
      space.lock.unlock()
    }
  }

  #import(device: Device, buffer: DmaBuf, space: OwnSpace, at: bigint): Import {
    const area = space.ioas.table.areas.find((one) => one.iova === at)
    const length = Number(area?.length ?? 0n)
    // Only the judge looks at it, also when it is gone.
    const mapping = area?.pages instanceof DmabufPages ? area.pages.mappingOf(area) : undefined
    return {
      access: (request) => this.#access(device, buffer, { at: iova(Number(at)), length, mapping }, request),
      close: () => this.#services.inside(this.#unmap(device, space, at, BigInt(length))),
    }
  }

  *#access(
    from: Device,
    buffer: DmaBuf,
    own: { readonly at: Iova; readonly length: number; readonly mapping: number | undefined },
    { access, offset, length, data }: AccessRequest,
  ): Op<AccessResult> {
    if (offset + length > own.length) return { ok: false, status: 'beyond the end of the mapping' }
    const believed = own.mapping === undefined ? {} : { mapping: own.mapping }
    const packet = { from, access, at: advance(own.at, offset), length, ...believed }
    const result = yield* this.#services.bus.dma(data === undefined ? packet : { ...packet, data })
    if (!result.arrived) {
      const why =
        result.route.landing.kind === 'iommu-fault'
          ? `nothing of ${buffer.name} is at ${hex(packet.at)}`
          : result.route.why
      return { ok: false, status: why, rule: 'IFD-9' }
    }
    return { ok: true, status: 'success', ...(result.data === undefined ? {} : { data: result.data }) }
  }

  #open(device: Device): OwnSpace {
    const context = new Context(this.#services, `iommufd of ${device.name}`)
    const lock = this.#services.kernel.lock(`threads with ${device.name}`)
    const space = { context, ioas: context.newSpace(device.name), imports: 0, lock }
    this.#spaces.set(device, space)
    return space
  }

  *#attach(device: Device, { context, ioas }: OwnSpace): Op<BoundDevice> {
    if (this.#services.noIommu) {
      throw new KernelError(
        'ENODEV',
        'VFIO-64',
        `no IOMMU translates for ${device.name}, so it cannot be let into a space`,
      )
    }
    const bound = yield* context.bind(device, false)
    try {
      yield* bound.attach(ioas)
    } catch (error) {
      yield* bound.unbind()
      throw error
    }
    return bound
  }

  *#unmap(device: Device, space: OwnSpace, at: bigint, length: bigint): Op<void> {
    yield* space.ioas.table.unmap({ first: at, last: at + length - 1n })
    yield* this.#close(device, space)
  }

  /** With the last import the device is given back. */
  *#close(device: Device, space: OwnSpace): Op<void> {
    if (--space.imports > 0) return
    this.#spaces.delete(device)
    yield* space.context.close()
    if (space.bound !== undefined) yield* space.bound.unbind()
  }
}
