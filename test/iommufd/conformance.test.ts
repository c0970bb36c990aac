/** iommufd under the suite of every importer: what it breaks it breaks by its rules. */
import { describeImporter } from '@barter/conformance'
import { iommufd } from '@barter/importer-iommufd'
import { iommu } from '@barter/platform-iommu'

const oneRange = 'IFD-4: it takes buffers of one physical range only'

describeImporter({
  plugin: () => iommufd(),
  driver: 'iommufd',
  plugins: () => [iommu({ mode: 'translated' })],
  breaks: {
    'lifecycle: DMB-8': 'VFIO-63: the third import is by a device of the same group, which has an owner already',
    'refusal: SGT-8': 'IFD-6: it maps with no look at the topology, also where no packet can go',
    'sg shapes: SGT-10': oneRange,
    'sg shapes: SGT-11': oneRange,
    'sg shapes: SGT-9': 'IFD-6: 8 GiB do not fit below the doorbell of interrupts, where it puts them by itself',
  },
})
