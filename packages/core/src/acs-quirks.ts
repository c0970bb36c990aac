/** The kernel's list of functions that keep peers apart, or do not, whatever their ACS registers say. As data (ACS-13). */
import type { PciePortType } from './capability/pcie.ts'

export interface AcsQuirkRow {
  readonly vendor: number
  /** Single ids and ranges, ends included. */
  readonly devices: readonly (number | readonly [number, number])[] | 'any'
  /** Only functions of these kinds. */
  readonly portTypes?: readonly PciePortType[]
  /** Only functions of a multi-function device on a root bus, in a machine with an AMD IOMMU. */
  readonly southBridge?: true
  /**
   * `enforced`: peers are kept apart; `open`: they are not; `dword-control`: the registers say it, but the control word
   * lies 4 bytes behind the capability word.
   */
  readonly says: 'enforced' | 'open' | 'dword-control'
  readonly part: string
}

const ROOT: readonly PciePortType[] = ['root-port']
const PORTS: readonly PciePortType[] = ['root-port', 'downstream-port']

type Devices = AcsQuirkRow['devices']
const enforced = (
  vendor: number,
  part: string,
  devices: Devices,
  portTypes?: readonly PciePortType[],
): AcsQuirkRow => ({
  vendor,
  devices,
  ...(portTypes === undefined ? {} : { portTypes }),
  says: 'enforced',
  part,
})
const southBridge = (vendor: number, devices: Devices): AcsQuirkRow => ({
  ...enforced(vendor, 'AMD south bridge', devices),
  southBridge: true,
})

const INTEL_NICS: Devices = [
  ...[0x10c6, 0x10db, 0x10dd, 0x10e1, 0x10f1, 0x1507, 0x1514, 0x151c, 0x1529, 0x152a, 0x154d, 0x154f, 0x1551, 0x1558],
  [0x10f7, 0x10fc],
  ...[0x1509, 0x1516, 0x1527, 0x10c9, 0x150a, 0x150d, 0x1518, 0x1526, 0x10a7, 0x10a9, 0x10d6, 0x10d9, 0x1060],
  [0x150e, 0x1511],
  [0x10e6, 0x10e8],
  [0x1521, 0x1524],
  [0x105e, 0x105f],
  [0x15b7, 0x15b8],
]
const INTEL_PCH: Devices = [
  [0x3b42, 0x3b51],
  [0x1c10, 0x1c1f],
  [0x1e10, 0x1e1f],
  [0x8c10, 0x8c1f],
  [0x9c10, 0x9c1b],
  [0x9c90, 0x9c9b],
  ...[0x1d10, 0x1d12, 0x1d14, 0x1d16, 0x1d18, 0x1d1a, 0x1d1c, 0x1d1e],
  [0x8d10, 0x8d1e],
  ...[0x8c90, 0x8c92, 0x8c94, 0x8c96, 0x8c98, 0x8c9a, 0x8c9c, 0x8c9e],
]
const INTEL_SUNRISE_POINT: Devices = [
  [0xa110, 0xa11f],
  [0xa167, 0xa16a],
  [0xa290, 0xa29f],
  [0xa2e7, 0xa2ee],
  [0x9d10, 0x9d1b],
]
const NXP_ROOT_PORTS: Devices = [
  [0x8d80, 0x8d83],
  [0x8d88, 0x8d8b],
  [0x8d90, 0x8d93],
  [0x8d98, 0x8d9b],
  ...[0x8da0, 0x8da1, 0x8da8, 0x8da9, 0x8db0, 0x8db1, 0x8db8, 0x8db9],
]

/**
 * The first row that matches decides.
 *
 * **Source** ACS-13; the ids are those of Linux. **Not modelled** for Intel PCH root ports the kernel first has to find
 * the chipset's own switches; here it always does.
 */
export const ACS_QUIRKS: readonly AcsQuirkRow[] = [
  southBridge(0x1002, [0x4383, 0x4384, 0x4385, 0x4399, 0x439c, 0x439d]),
  southBridge(0x1022, [0x7809, 0x780f]),
  enforced(0x1924, 'Solarflare NIC', [0x0903, 0x0923, 0x0a03]),
  enforced(0x8086, 'Intel NIC', INTEL_NICS),
  enforced(0x8086, 'Intel integrated endpoint', 'any', ['rciep']),
  enforced(0x17cb, 'Qualcomm root port', [0x0111, 0x0115, 0x0120, 0x0400, 0x0401]),
  enforced(0x1dbf, 'HXT root port', [0x0401]),
  enforced(0x8086, 'Intel PCH root port', INTEL_PCH, ROOT),
  {
    vendor: 0x8086,
    devices: INTEL_SUNRISE_POINT,
    portTypes: ROOT,
    says: 'dword-control',
    part: 'Intel Sunrise Point root port',
  },
  enforced(0x19a2, 'Emulex BE3-R', [0x0710]),
  enforced(0x10df, 'Emulex Skyhawk-R', [0x0720]),
  enforced(0x177d, 'Cavium ThunderX root port', [[0xa000, 0xa7ff], 0xaf84, 0xb884], ROOT),
  enforced(0x177d, 'Cavium multi-function device', [0xa026, 0xa059, 0xa060]),
  enforced(0x10e8, 'APM X-Gene root port', [0xe004]),
  enforced(0x1def, 'Ampere root port', [[0xe005, 0xe00c]]),
  enforced(0x14e4, 'Broadcom', [0x16d7, [0x1750, 0x1752], [0x1760, 0x1763], 0xd714]),
  enforced(0x0014, 'Loongson root port', [
    ...[0x3c09, 0x3c19, 0x3c29, 0x7a09, 0x7a19, 0x7a29],
    ...[0x7a39, 0x7a49, 0x7a59, 0x7a69],
  ]),
  enforced(0x1c36, 'Annapurna Labs root port', [0x0031], ROOT),
  enforced(0x1d17, 'Zhaoxin multi-function device', [0x3038, 0x3104, 0x9083]),
  enforced(0x1957, 'NXP root port', NXP_ROOT_PORTS),
  enforced(0x1d17, 'Zhaoxin port', [[0x0710, 0x071e], 0x0721, [0x0723, 0x0752]], PORTS),
  { vendor: 0x1d17, devices: 'any', portTypes: PORTS, says: 'open', part: 'other Zhaoxin port' },
  enforced(0x8088, 'Wangxun NIC', [
    [0x0100, 0x010f],
    ...[0x1001, 0x2001, 0x5010, 0x5025, 0x5040, 0x5110, 0x5125, 0x5140],
  ]),
  { vendor: 0x8088, devices: 'any', says: 'open', part: 'other Wangxun device' },
]

/** The row lists this device id. */
export function quirkNames(row: AcsQuirkRow, device: number): boolean {
  if (row.devices === 'any') return true
  return row.devices.some((one) => (typeof one === 'number' ? one === device : device >= one[0] && device <= one[1]))
}
