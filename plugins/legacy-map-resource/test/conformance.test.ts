import { describeExporter } from '@barter/conformance'
import { mapResource } from '../src/index.ts'

/** It revokes as its successor does; what it does not do is look at the way. */
describeExporter({
  plugin: () => mapResource(),
  driver: 'vfio-pci-map-resource',
  takes: [],
  breaks: {
    'refusal: SGT-8': 'DMA-11: it hands out addresses with no look at the topology, also where no packet can go',
    'sg shapes: P2P-4': 'DMA-11: an address is that of the CPU, whatever it is on the bus',
  },
})
