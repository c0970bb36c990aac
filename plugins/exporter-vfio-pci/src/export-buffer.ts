/** Making a buffer: the checks of the ioctl in the kernel's order, then the buffer (VFIO-4 to VFIO-16). */
import {
  type BarPiece,
  failPoint,
  isMemoryBar,
  KernelError,
  type Op,
  p2pProvider,
  type P2pProvider,
  runAsOne,
} from '@barter/core'
import { barLength, barOf } from './bar-claims.ts'
import { checkStates } from './check-states.ts'
import { checkRanges, type ExportRange, physicalPieces } from './export-ranges.ts'
import {
  checkFeature,
  copyFromUser,
  DMA_BUF_BYTES,
  type FeatureRequest,
  HEADER_BYTES,
  RANGE_BYTES,
} from './feature-request.ts'
import { VfioBuffer, type VfioBufferSpec } from './vfio-buffer.ts'
import type { OpenState } from './doors.ts'
import type { VfioDevice } from './vfio-device.ts'

const ROM_REGION = 6
/** A kernel allocation has at most so many pages (`KMALLOC_MAX_SIZE`). */
const LARGEST_ALLOCATION_PAGES = 1024

/**
 * Lend ranges of a BAR, or say that it could be done (`undefined`, for PROBE). The caller owns the one reference.
 *
 * **Locks** none held; takes `memory_lock` for writing, then the reservation of the new buffer. A buffer that is made
 * while memory is disabled is born revoked (VFIO-16, VFIO-24b).
 * **Errors** VFIO-4 to VFIO-11, first failing row.
 */
export function* exportBuffer(
  vdev: VfioDevice,
  open: OpenState,
  request: FeatureRequest,
  name?: string,
): Op<VfioBuffer | undefined> {
  checkSupported(vdev)
  if (!checkFeature(request, 'get', DMA_BUF_BYTES)) return undefined
  const spec = checkedSpec(vdev, open, request, name)
  if (!vdev.registration.tryGet()) {
    throw new KernelError('ENODEV', 'VFIO-10', `the driver of ${vdev.device.name} is being unbound`)
  }
  try {
    failPoint(vdev.services.hooks, 'dmabuf:export', vdev.device, 'ENOMEM', 'VFIO-11')
  } catch (error) {
    vdev.registration.put()
    throw error
  }
  const buffer = new VfioBuffer(vdev, spec)
  yield* runAsOne(vdev.services.protocols.list, { buffer, vdev })
  try {
    failPoint(vdev.services.hooks, 'vfio:fd', vdev.device, 'EMFILE', 'VFIO-11')
  } catch (error) {
    yield* runAsOne(vdev.services.protocols.takeBack, buffer)
    throw error
  }
  checkStates(vdev, 'an export')
  vdev.services.trace.emit({
    kind: 'export',
    buffer: buffer.name,
    device: vdev.device.name,
    bar: request.region,
    length: buffer.dmabuf.size,
    state: buffer.stateUnlocked,
  })
  return buffer
}

/** VFIO-4, VFIO-5; with `SW-KCONFIG-STRICT` also an architecture without struct pages for MMIO has no such feature (P2P-12). */
function checkSupported({ device, services: { facts, variant } }: VfioDevice): void {
  const strict = facts.switches.has('SW-KCONFIG-STRICT') && !facts.pgmap
  if (!facts.config.p2pdma || !facts.config.vfioPciDmabuf || strict) {
    throw new KernelError('ENOTTY', 'VFIO-4', `the kernel of ${device.name} is built without VFIO_PCI_DMABUF`)
  }
  if (!variant.lends) throw new KernelError('EOPNOTSUPP', 'VFIO-5', `${variant.driver} lends nothing`)
}

/** VFIO-6d to VFIO-9b. */
function checkedSpec(vdev: VfioDevice, open: OpenState, request: FeatureRequest, name?: string) {
  const { device, services } = vdev
  const { region } = request
  copyFromUser(request, HEADER_BYTES + DMA_BUF_BYTES, 'VFIO-6d')
  if (request.nrRanges === 0 || request.flags !== 0) {
    throw new KernelError('EINVAL', 'VFIO-7', request.flags === 0 ? 'no ranges' : `flags ${request.flags}`)
  }
  checkRegion(vdev, open, region)
  copyRanges(request, services.facts.pageSize)
  const ranges = request.ranges.slice(0, request.nrRanges)
  checkRanges(ranges, services.facts.pageSize)
  failPoint(services.hooks, 'vfio:alloc', device, 'ENOMEM', 'VFIO-8b')
  const { provider, pieces, target } = fakeSpec(vdev, region, ranges) ?? barSpec(vdev, region, ranges)
  return { name: name ?? `${device.name}.bar${region}#${services.nextBuffer()}`, provider, pieces, target }
}

/** VFIO-7b: only BARs, and only those that the driver owns (GEN-15). */
function checkRegion(vdev: VfioDevice, { claims }: OpenState, region: number): void {
  const { name } = vdev.device
  if (region >= ROM_REGION) throw new KernelError('ENODEV', 'VFIO-7b', `region ${region} of ${name} is no BAR`)
  // Memory that only poses as a BAR needs none; the real kernel asks for it all the same (VFIO-61, BUG-42).
  const { facts, protocols, variant } = vdev.services
  if (!facts.switches.has('BUG-42') && variant.fakeRegion?.(vdev, region) !== undefined) return
  const error = protocols.lendCheck(claims, region)
  if (error !== undefined) throw new KernelError('ENODEV', 'VFIO-7b', `BAR ${region} of ${name} is not owned: ${error}`)
}

/** VFIO-7c: the array is allocated first, so a huge count says ENOMEM and not EFAULT. */
function copyRanges(request: FeatureRequest, pageSize: number): void {
  const bytes = RANGE_BYTES * request.nrRanges
  if (bytes > LARGEST_ALLOCATION_PAGES * pageSize) {
    throw new KernelError('ENOMEM', 'VFIO-7c', `${request.nrRanges} ranges are too many to copy`)
  }
  copyFromUser(request, HEADER_BYTES + DMA_BUF_BYTES + bytes, 'VFIO-7c')
}

type PiecesOf = Pick<VfioBufferSpec, 'provider' | 'pieces' | 'target'>

function barSpec(vdev: VfioDevice, region: number, ranges: readonly ExportRange[]): PiecesOf {
  const { device } = vdev
  const provider = providerOf(vdev, region)
  const bar = barOf(device, region)
  if (bar === undefined) throw noProvider(device.name, region)
  const pieces = physicalPieces(bar.start, barLength(device, bar), ranges, vdev.services.protocols.rangeChecks)
  const target = pieces.map(({ start, length }): BarPiece => ({ bar: region, offset: start - bar.start, length }))
  return { provider, pieces, target }
}

/** Memory outside of the BARs goes by the provider of BAR 0, and ends where it really ends (VFIO-60). */
function fakeSpec(vdev: VfioDevice, region: number, ranges: readonly ExportRange[]): PiecesOf | undefined {
  const fake = vdev.services.variant.fakeRegion?.(vdev, region)
  if (fake === undefined) return undefined
  const provider = p2pProvider(vdev.device, 0, vdev.services.trace)
  if (provider === null) throw noProvider(vdev.device.name, 0)
  const pieces = physicalPieces(fake.start, fake.length, ranges, vdev.services.protocols.rangeChecks)
  return { provider, pieces, target: pieces.map(({ start, length }) => ({ bar: 'memory', offset: start, length })) }
}

/** VFIO-9. */
function providerOf({ device, services }: VfioDevice, region: number): P2pProvider {
  const provider = p2pProvider(device, region, services.trace)
  const bar = barOf(device, region)
  if (provider === null || bar === undefined || !isMemoryBar(bar)) throw noProvider(device.name, region)
  return provider
}

const noProvider = (device: string, region: number): KernelError =>
  new KernelError('EINVAL', 'VFIO-9', `BAR ${region} of ${device} has no P2P provider`)
