/** The register by which a physical function has virtual ones, and gives them memory. */
import { type Device, PCI_SRIOV_CTRL, readSriov, withBits, withoutBits } from '@barter/core'

/** Set or clear one bit of it, where the function has one. */
export function setSriovControl(physical: Device, bit: number, on: boolean): void {
  const sriov = readSriov(physical.fn.config)
  if (sriov === null || sriov === undefined) return
  const at = sriov.offset + PCI_SRIOV_CTRL
  const before = physical.config.read(at, 2)
  physical.config.write(at, 2, on ? withBits(before, bit) : withoutBits(before, bit))
}
