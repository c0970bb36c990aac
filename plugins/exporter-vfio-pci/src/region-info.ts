/** Regions of the device file: what they are (VFIO_DEVICE_GET_REGION_INFO). */
import { type Bar, isAligned, isMemoryBar, KernelError, overlaps, readMsix } from '@barter/core'
import { barLength, barOf } from './bar-claims.ts'
import type { OpenState } from './doors.ts'
import type { VfioDevice } from './vfio-device.ts'

export const BAR_REGIONS = 6
export const CONFIG_REGION = 7

type RegionFlag = 'read' | 'write' | 'mmap' | 'caps'

export interface RegionInfo {
  /** Bytes. */
  readonly size: number
  /** `caps`: a capability tells of the interrupt table in it, or which part of it is really there. */
  readonly flags: readonly RegionFlag[]
}

/** **Errors** EINVAL for the VGA region and beyond. **Not modelled** expansion ROMs, VGA, regions of a device's own. */
export function regionInfo(vdev: VfioDevice, open: OpenState, region: number): RegionInfo {
  if (region < BAR_REGIONS) return barInfo(vdev, region)
  if (region === CONFIG_REGION) return { size: open.config.size, flags: ['read', 'write'] }
  if (region < CONFIG_REGION) return { size: 0, flags: [] }
  throw new KernelError('EINVAL', 'MM-1', `${vdev.device.name} has no region ${region}`)
}

/** MM-2. A BAR smaller than a page can be mapped when it begins the page and nothing else lies in it. */
export function isMappable(vdev: VfioDevice, bar: Bar): boolean {
  const { device, services } = vdev
  const length = barLength(device, bar)
  if (length === 0 || bar.kind === 'io' || device.fn.nonMappableBars === true) return false
  const { pageSize } = services.facts
  return length >= pageSize || (isAligned(bar.start, pageSize) && isAlone(vdev, bar.start + length, pageSize - length))
}

/** No other BAR has a byte there, so the driver can keep the rest of the page for itself. */
function isAlone({ services }: VfioDevice, start: number, length: number): boolean {
  return !services.pci.topology.functions.some(({ bars }) =>
    bars.some((other) => isMemoryBar(other) && overlaps(start, length, other.start, other.length ?? 0)),
  )
}

function barInfo(vdev: VfioDevice, index: number): RegionInfo {
  const { device, services } = vdev
  const fake = services.variant.fakeRegion?.(vdev, index)
  if (fake !== undefined) return { size: fake.size, flags: ['read', 'write', 'mmap', 'caps'] }
  const bar = barOf(device, index)
  if (bar === undefined || bar.length === 0) return { size: 0, flags: [] }
  const size = barLength(device, bar)
  if (!isMappable(vdev, bar)) return { size, flags: ['read', 'write'] }
  const table = readMsix(device.fn.config)?.table.bar === index
  return { size, flags: table ? ['read', 'write', 'mmap', 'caps'] : ['read', 'write', 'mmap'] }
}
