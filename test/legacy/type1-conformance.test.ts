/** type1 under the suite of every importer: it takes no buffer at all, and the suite lends nothing else. */
import { describeImporter } from '@barter/conformance'
import { type1 } from '@barter/legacy-type1'
import { iommu } from '@barter/platform-iommu'

const noBuffer = 'T1-1: it takes addresses of the process, and a buffer is none'

describeImporter({
  plugin: () => type1(),
  driver: 'type1',
  options: { iova: 0x1000_0000 },
  plugins: () => [iommu({ mode: 'translated' })],
  breaks: {
    'lifecycle: IMP-1': noBuffer,
    'lifecycle: INV-16': noBuffer,
    'lifecycle: DMB-1:': noBuffer,
    'lifecycle: DMB-8': noBuffer,
    'lifecycle: P2P-15': noBuffer,
    refusal: noBuffer,
    'sg shapes': noBuffer,
  },
})
