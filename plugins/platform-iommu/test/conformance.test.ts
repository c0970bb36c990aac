import { describePlatform } from '@barter/conformance'
import { iommu } from '../src/index.ts'

describePlatform({ plugin: () => iommu({ mode: 'translated' }) })
describePlatform({ plugin: () => iommu({ mode: 'translated', strict: false }), name: 'platform-iommu, lazy' })
