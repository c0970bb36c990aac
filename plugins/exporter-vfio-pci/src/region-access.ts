/** Reading and writing a BAR through the device file (MM-7). */
import { advance, type Bar, KernelError, type Op, type PhysAddr, readMsix } from '@barter/core'
import { barLength, barOf } from './bar-claims.ts'
import { BAR_REGIONS } from './region-info.ts'
import type { OpenState } from './doors.ts'
import type { VfioDevice } from './vfio-device.ts'

const MSIX_ENTRY_BYTES = 16
const WIDEST = 8
const NOTHING_THERE = 0xff

/**
 * Read `length` bytes, or what is left of the region.
 *
 * **Locks** none held; takes `memory_lock` for reading around each access. **Errors** EINVAL for no BAR or an offset behind
 * it, the errno of the claim (VFIO-15), EIO while memory is disabled. **Not modelled** I/O ports: they read as ones.
 */
export function* readRegion(
  vdev: VfioDevice,
  open: OpenState,
  region: number,
  offset: number,
  length: number,
): Op<Uint8Array> {
  const place = checkedPlace(vdev, open, region, offset)
  const data = new Uint8Array(Math.min(length, place.size - offset)).fill(NOTHING_THERE)
  for (const { at, width } of accesses(offset, data.length)) {
    const got = yield* access(vdev, place, 'read', at, width)
    if (got !== undefined) data.set(got.subarray(0, width), at - offset)
  }
  return data
}

/** Write, the same way. Gives how many bytes. */
export function* writeRegion(
  vdev: VfioDevice,
  open: OpenState,
  region: number,
  offset: number,
  data: Uint8Array,
): Op<number> {
  const place = checkedPlace(vdev, open, region, offset)
  const length = Math.min(data.length, place.size - offset)
  for (const { at, width } of accesses(offset, length)) {
    yield* access(vdev, place, 'write', at, width, data.subarray(at - offset, at - offset + width))
  }
  return length
}

/** What a region reads and writes. **Units** bytes. */
interface Place {
  /** `undefined`: I/O ports. */
  readonly start: PhysAddr | undefined
  readonly size: number
  /** What is really there; behind it reads give ones and writes are lost. */
  readonly length: number
  readonly bar: Bar | undefined
}

function checkedPlace(vdev: VfioDevice, open: OpenState, region: number, offset: number): Place {
  const fake = vdev.services.variant.fakeRegion?.(vdev, region)
  if (fake !== undefined && offset < fake.size) return { ...fake, bar: undefined }
  const bar = region < BAR_REGIONS ? barOf(vdev.device, region) : undefined
  if (bar === undefined || offset >= barLength(vdev.device, bar)) {
    throw new KernelError('EINVAL', 'MM-7', `${vdev.device.name} has nothing at ${offset} of region ${region}`)
  }
  const error = open.claims.error(region)
  if (error !== undefined) throw new KernelError(error, 'VFIO-15', `BAR ${region} of ${vdev.device.name} is not owned`)
  const length = barLength(vdev.device, bar)
  return { start: bar.kind === 'io' ? undefined : bar.start, size: length, length, bar }
}

function* access(
  vdev: VfioDevice,
  { start, length, bar }: Place,
  kind: 'read' | 'write',
  at: number,
  width: number,
  data?: Uint8Array,
): Op<Uint8Array | undefined> {
  if (start !== undefined && vdev.services.variant.waitUnlocked !== undefined) {
    yield* vdev.services.variant.waitUnlocked(vdev)
  }
  yield* vdev.memoryLock.downRead()
  try {
    if (start === undefined) return undefined
    if (vdev.services.variant.waitUntilReady !== undefined) yield* vdev.services.variant.waitUntilReady(vdev)
    if (!vdev.memoryEnabled) throw new KernelError('EIO', 'MM-7', `memory of ${vdev.device.name} is disabled`)
    if (at >= length || (bar !== undefined && inInterruptTable(vdev, bar, at))) return undefined
    return (yield* vdev.services.bus.cpu(kind, advance(start, at), width, data)).data
  } finally {
    vdev.memoryLock.upRead()
  }
}

/** The interrupt table is the kernel's: it reads as ones, and writes are dropped. */
function inInterruptTable({ device }: VfioDevice, bar: Bar, at: number): boolean {
  const msix = readMsix(device.fn.config)
  if (msix === null || msix === undefined || msix.table.bar !== bar.index) return false
  return at >= msix.table.offset && at < msix.table.offset + msix.vectors * MSIX_ENTRY_BYTES
}

/** Aligned accesses of 8, 4, 2 and 1 bytes, each under the lock by itself. */
function accesses(offset: number, length: number): readonly { readonly at: number; readonly width: number }[] {
  const found: { at: number; width: number }[] = []
  for (let at = offset; at < offset + length;) {
    let width = WIDEST
    while (at % width !== 0 || at + width > offset + length) width /= 2
    found.push({ at, width })
    at += width
  }
  return found
}
