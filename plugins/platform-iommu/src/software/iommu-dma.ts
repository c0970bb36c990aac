/** The DMA API over an IOMMU: the software that chooses IOVAs and fills tables (DMA-5 to DMA-10). */
import {
  alignDown,
  alignUp,
  type Device,
  type Direction,
  type DmaAddr,
  type DmaApi,
  type DmaAttributes,
  type DmaBackend,
  FACTS,
  type Facts,
  failPoint,
  faultAt,
  formatLength,
  hex,
  HOOKS,
  iova,
  type IovaRun,
  isAligned,
  KernelError,
  MMIO,
  type Op,
  physAddr,
  type PhysRange,
  point,
  type Scope,
  type SystemHooks,
  type Topology,
  TOPOLOGY,
  type Witness,
  WITNESS,
} from '@barter/core'
import type { DmaDomain } from './dma-domain.ts'
import type { Domains } from './domains.ts'
import { LinkedRun } from './linked-run.ts'

/** Their operations know RAM only (DMA-3). */
const REFUSES_MMIO = /^(alpha|sparc|sparc64)$/

/** Architectures on which the DMA API over an IOMMU is the generic one, with the IOVA calls (DMA-1, HAZ-12). */
const GENERIC = /^(x86_64|amd64|arm64|aarch64|s390x)$/

export class IommuDma implements DmaApi {
  /** For devices whose domain is the identity. */
  readonly #direct: DmaApi
  readonly #domains: Domains
  readonly #facts: Facts
  readonly #hooks: SystemHooks
  readonly #topology: Topology
  readonly #witness: Witness

  constructor(run: Scope, direct: DmaApi, domains: Domains) {
    this.#direct = direct
    this.#domains = domains
    this.#facts = run.get(FACTS)
    this.#hooks = run.get(HOOKS)
    this.#topology = run.get(TOPOLOGY)
    this.#witness = run.get(WITNESS)
  }

  backend(device: Device): DmaBackend {
    if (this.#domains.dmaDomainOf(device) === undefined) return this.#direct.backend(device)
    return this.#generic ? 'iommu-dma' : 'legacy'
  }

  *mapPhys(device: Device, range: PhysRange, direction: Direction, attributes = MMIO): Op<DmaAddr> {
    const own = this.#domains.dmaDomainOf(device)
    if (own === undefined) return yield* this.#direct.mapPhys(device, range, direction, attributes)
    this.#maintain(device, range.start, attributes)
    failPoint(this.#hooks, 'dma:map', device, 'ENOMEM', 'DMA-3')
    if (REFUSES_MMIO.test(this.#facts.cpu.arch ?? '')) {
      throw new KernelError('ENOMEM', 'DMA-3', `the DMA operations of ${this.#facts.cpu.arch ?? ''} take no MMIO`)
    }
    if (this.#wouldBounce(device, own, range)) {
      throw new KernelError('ENOMEM', 'DMA-6', `${hex(range.start)} would have to bounce, and MMIO never does`)
    }
    // The IOMMU maps whole granules, so neighbours of an unaligned range become reachable too.
    const whole = wholeGranules(range, own.granule)
    const at = own.allocate(device, whole.length)
    if (at === undefined) throw noIova(device, whole.length)
    yield* point(`iommu map ${device.name}`)
    own.domain.install(at, whole, direction)
    return iova(at + (range.start - whole.start))
  }

  *unmapPhys(device: Device, at: DmaAddr, length: number, direction: Direction, attributes = MMIO): Op<void> {
    const own = this.#domains.dmaDomainOf(device)
    if (own === undefined) return yield* this.#direct.unmapPhys(device, at, length, direction, attributes)
    this.#maintain(device, at, attributes)
    const start = alignDown(at, own.granule)
    const size = alignUp(at + length, own.granule) - start
    yield* point(`iommu unmap ${device.name}`)
    own.domain.clear(start, size)
    if (this.#deferred) return yield* own.queue.add(start)
    yield* own.domain.flush(start, size)
    own.free(start)
  }

  tryAllocIova(device: Device, size: number): IovaRun | undefined {
    const own = this.#domains.dmaDomainOf(device)
    if (own === undefined) return this.#direct.tryAllocIova(device, size)
    if (!this.#generic || size <= 0 || this.#failsToAllocate(device)) return undefined
    const whole = alignUp(size, own.granule)
    const start = own.allocate(device, whole)
    if (start === undefined) return undefined
    const bounces = (range: PhysRange): boolean => this.#wouldBounce(device, own, range)
    const beforeLink = (): void => {
      failPoint(this.#hooks, 'iova:link', device, 'ENOMEM', 'DMA-9')
    }
    const maintain = (at: number, attributes: DmaAttributes): void => {
      this.#maintain(device, at, attributes)
    }
    return new LinkedRun(own, { start: iova(start), size: whole, bounces, beforeLink, maintain })
  }

  /** Without the MMIO attribute the caches of a range are written back, also where no RAM is (INV-19). */
  #maintain(device: Device, at: number, { mmio }: DmaAttributes): void {
    if (mmio) return
    this.#witness.broken('INV-19', 'DMA-2', `cache maintenance for ${device.name} at ${hex(at)}, which is MMIO`)
  }

  get #generic(): boolean {
    const { arch } = this.#facts.cpu
    return arch === undefined || GENERIC.test(arch)
  }

  /**
   * What is unmapped here is MMIO that may be revoked, so it is flushed at once; the real kernel leaves it to the flush
   * queue of a lazy domain (HAZ-13, BUG-41).
   */
  get #deferred(): boolean {
    return !this.#facts.iommu.strict && this.#facts.switches.has('BUG-41')
  }

  /** DMA-8: no space is no error; the caller maps range by range. */
  #failsToAllocate(device: Device): boolean {
    return faultAt(this.#hooks, 'iova:alloc', device, 'ENOMEM') !== undefined
  }

  /** An untrusted device must not see what shares a granule with its buffer; RAM would be copied aside (HAZ-16). */
  #wouldBounce(device: Device, own: DmaDomain, range: PhysRange): boolean {
    if (isAligned(range.start, own.granule) && isAligned(range.length, own.granule)) return false
    return this.#topology.chain(device.fn).some((fn) => fn.externalFacing === true)
  }
}

function wholeGranules(range: PhysRange, granule: number): PhysRange {
  const start = alignDown(range.start, granule)
  return { start: physAddr(start), length: alignUp(range.start + range.length, granule) - start }
}

const noIova = (device: Device, length: number): KernelError =>
  new KernelError(
    'ENOMEM',
    'DMA-6',
    `no IOVA is free for ${formatLength(length)} within the ${device.dmaMaskBits} bits of ${device.name}`,
  )
