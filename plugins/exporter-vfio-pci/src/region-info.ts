/** Regions of the device file: what they are (VFIO_DEVICE_GET_REGION_INFO). */
import { type Bar, isAligned, KernelError, readMsix } from '@barter/core'
import { barLength, barOf } from './bar-claims.ts'
import type { OpenState, VfioDevice } from './vfio-device.ts'

export const BAR_REGIONS = 6
export const CONFIG_REGION = 7

export type RegionFlag = 'read' | 'write' | 'mmap' | 'caps'

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

/** MM-2. A BAR smaller than a page can be mapped when nothing else can lie in its page. */
export function isMappable({ device, services }: VfioDevice, bar: Bar): boolean {
  const length = barLength(device, bar)
  if (length === 0 || bar.kind === 'io' || device.fn.nonMappableBars === true) return false
  return length >= services.facts.pageSize || isAligned(bar.start, services.facts.pageSize)
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
