import { TABLE_BUILDERS } from '@barter/core'
import { iommu } from '@barter/platform-iommu'
import { bug } from '../bug.ts'
import { writeOnly } from '../story.ts'

const { 'bus-addr': busAddresses, 'thru-host-bridge': throughHostBridge } = TABLE_BUILDERS

export const BUG_71 = bug(
  'BUG-71',
  {
    what: 'sg table: bus addresses for a way through the host bridge',
    story: { ...writeOnly, house: { path: 'iommu' } },
    wrong: { vfio: { protocols: { tables: { ...TABLE_BUILDERS, 'thru-host-bridge': busAddresses } } } },
    found: { invariant: 'INV-16' },
  },
  {
    what: 'sg table: an IOVA for a way below one switch',
    story: { ...writeOnly, house: { path: 'switch', plugins: [iommu({ strict: true })] } },
    wrong: { vfio: { protocols: { tables: { ...TABLE_BUILDERS, 'bus-addr': throughHostBridge } } } },
    found: { invariant: 'INV-16' },
  },
)
