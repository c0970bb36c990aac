import { describeExporter } from '@barter/conformance'
import { uverbs } from '../src/index.ts'

describeExporter({
  plugin: () => uverbs(),
  driver: 'uverbs',
  ranges: false,
  takes: [{ name: 'freeEntry', words: [{ verb: 'freeEntry', args: { bar: 0, offset: 0 } }], back: 'never' }],
  breaks: {
    'refusal: DMB-19': 'RDMA-18: it asks for peer to peer alone, so who cannot be told comes in',
    'revoke: VFIO-24b': 'RDMA-18: it asks for peer to peer alone, and refuses at map',
  },
})
