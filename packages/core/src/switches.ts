/**
 * Every model switch, in one place. Without any the model is the kernel as it is meant to be; each switch puts one thing
 * back to what Linux 7.3.4 does, or another choice of the specification in its place (behaviour.md sections 9.4 and 10).
 */
import { UsageError } from './errors.ts'

export interface SwitchFacts {
  readonly id: string
  /** The rule that says what the kernel does. */
  readonly rule: string
  /** One line: what is so while it is on. */
  readonly does: string
  /** Why it changes nothing. */
  readonly inert?: string
}

export const SWITCHES: readonly SwitchFacts[] = [
  { id: 'BUG-30', rule: 'SGT-14', does: 'each unmap leaks the entry array of its table' },
  { id: 'BUG-31', rule: 'SGT-13', does: 'a map that fails at its first range leaks the IOVA range' },
  { id: 'BUG-32', rule: 'SGT-12', does: 'every range is linked at offset 0 of the IOVA run, so a second one fails' },
  { id: 'BUG-33', rule: 'TRG-3', does: 'a command write that fails leaves buffers revoked although memory is enabled' },
  {
    id: 'BUG-34',
    rule: 'P2P-29',
    does: 'clients in domains from 0x10000 on share map types with those of other domains',
  },
  {
    id: 'BUG-35',
    rule: 'TRG-20',
    does: 'triggers and exports make buffers live in low power, and a wake-up leaves them revoked',
  },
  { id: 'BUG-36', rule: 'DRM-12', does: 'xe unmaps only when it maps again', inert: 'importer-drm has no other xe' },
  { id: 'BUG-37', rule: 'RDMA-12', does: 'mlx5 unmaps although its hardware refused to forget the translation' },
  { id: 'BUG-38', rule: 'DRM-21', does: 'virtio-gpu unmaps although the host was not told' },
  { id: 'BUG-39', rule: 'P2P-28', does: 'the first map type of a pair is kept whatever becomes of ACS' },
  { id: 'BUG-40', rule: 'TRG-19', does: 'buffers come back after a reset that the device did not survive' },
  {
    id: 'BUG-41',
    rule: 'HAZ-13',
    does: 'a lazy IOMMU domain flushes the unmap of MMIO late, when no IOVA run was used',
  },
  { id: 'BUG-42', rule: 'VFIO-61', does: 'an nvgrace region is lent only if the BAR of the same index is claimed' },
  {
    id: 'BUG-43',
    rule: 'DMB-9',
    does: 'amdgpu tells its attachment too late for its callback',
  },
  { id: 'BUG-44', rule: 'ACS-14', does: 'IOMMU groups are split below a switch that does not redirect' },
  { id: 'BUG-45', rule: 'ACS-15', does: 'a map type that rests on a silent function is kept' },
  { id: 'SW-KCONFIG-STRICT', rule: 'P2P-12', does: 'without struct pages for MMIO there is no dma-buf export either' },
  { id: 'SW-LINK-OFFSET0', rule: 'SGT-12', does: 'the same as BUG-32' },
  { id: 'SW-STRICT-PM', rule: 'TRG-20', does: 'nothing is live in low power, also with BUG-35' },
]

/** **Errors** `UsageError` `SWITCH_UNKNOWN`. */
export function checkedSwitches(ids: Iterable<string>): ReadonlySet<string> {
  const known = SWITCHES.map(({ id }) => id)
  const asked = new Set(ids)
  for (const id of asked) {
    if (!known.includes(id)) throw switchUnknown(id, known)
  }
  return asked
}

const switchUnknown = (id: string, known: readonly string[]): UsageError =>
  new UsageError('SWITCH_UNKNOWN', `there is no model switch ${JSON.stringify(id)}`, {
    hint: `known: ${known.join(', ')}`,
  })
