/** The kernel's list of host bridges that carry peer traffic, as data (HB-5). */

export interface HostBridgeRow {
  readonly vendor: number
  readonly device: number | 'any'
  /** The kernel's `REQ_SAME_HOST_BRIDGE`: both devices must be below this host bridge. */
  readonly sameBridgeOnly: boolean
  readonly part: string
}

const row = (vendor: number, devices: readonly number[] | 'any', part: string, sameBridgeOnly = false) =>
  (devices === 'any' ? (['any'] as const) : devices).map((device): HostBridgeRow => ({
    vendor,
    device,
    sameBridgeOnly,
    part,
  }))

/** In the kernel's order: the first row that matches decides. **Source** HB-5 */
export const HOST_BRIDGE_TABLE: readonly HostBridgeRow[] = [
  ...row(0x8086, [0x3c00, 0x3c01], 'Intel Xeon E5 / Core i7', true),
  ...row(0x8086, [0x2f00, 0x2f01], 'Intel Xeon E7 v3 / E5 v3 / Core i7', true),
  ...row(0x8086, [0x2030, 0x2031, 0x2032, 0x2033, 0x2020, 0x09a2], 'Intel Skylake-E and successors'),
  ...row(0x8086, [0x0b25, 0x0cfe], 'Intel DSA or IAX of Sapphire Rapids'),
  ...row(0x8086, [0x11fb, 0x1212, 0x1216], 'Intel DSA or IAA of Granite Rapids-D and Diamond Rapids'),
  ...row(0x8086, [0x4940, 0x4942, 0x4944, 0x4946, 0x4948], 'Intel QAT'),
  ...row(0x1ae0, 'any', 'Google SoC'),
  ...row(0x10de, [0x2f95, 0x2f96, 0x2f97, 0x2f98], 'NVIDIA CPU'),
]

/** First row that matches. **Source** HB-4 */
export function hostBridgeRow(vendor: number, device: number): HostBridgeRow | undefined {
  return HOST_BRIDGE_TABLE.find((one) => one.vendor === vendor && (one.device === 'any' || one.device === device))
}

/** Some device of the vendor has a row. */
export const isListedVendor = (vendor: number): boolean => HOST_BRIDGE_TABLE.some((one) => one.vendor === vendor)
