/** What can be wrong with the options of the IOMMU: each code once, with the one function that builds it. Sorted by code. */
import { nearest, UsageError } from '@barter/core'
import { GRANULES, GROUP_POLICIES, IOMMU_MODES } from './iommu-options.ts'

const plugin = 'platform-iommu'

export const iommuDevice = (name: string, known: readonly string[]): UsageError =>
  new UsageError('IOMMU_DEVICE', `identity names ${name}, and there is no such PCI function in this machine`, {
    hint: nearest(name, known) ?? `name one of its ${known.length} functions, as in ${known[0] ?? '0000:00:00.0'}`,
    plugin,
  })

export const iommuGranule = (bytes: number): UsageError =>
  new UsageError('IOMMU_GRANULE', `an IOMMU granule of ${bytes} bytes is not one that hardware has`, {
    hint: `use one of ${GRANULES.join(', ')}`,
    plugin,
  })

export const iommuGroups = (policy: string): UsageError =>
  new UsageError('IOMMU_GROUPS', `there is no way ${policy} to make IOMMU groups`, {
    hint: nearest(policy, GROUP_POLICIES) ?? `use one of ${GROUP_POLICIES.join(', ')}`,
    plugin,
  })

export const iommuMode = (mode: string): UsageError =>
  new UsageError('IOMMU_MODE', `there is no IOMMU mode ${mode}`, {
    hint: nearest(mode, IOMMU_MODES) ?? `use one of ${IOMMU_MODES.join(', ')}`,
    plugin,
  })
