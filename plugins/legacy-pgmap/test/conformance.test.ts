import { describeExporter } from '@barter/conformance'
import { pgmap } from '../src/index.ts'

const kept = 'PGM-11: nothing is revoked; pages stay until their users put them, and an unbind waits for that'
const anybody = 'PGM-10: whoever can map pages is let in, as nobody is ever told to let go'

describeExporter({
  plugin: () => pgmap(),
  driver: 'p2pmem',
  // One subsection of struct pages (PGM-2).
  device: { bars: [{ index: 0, length: '2 MiB', kind: 'mem64pref' }] },
  prepare: [{ verb: 'addResource', args: { bar: 0 } }],
  takes: [],
  ranges: false,
  breaks: {
    'lifecycle: VFIO-19': kept,
    'lifecycle: INV-22': kept,
    'lifecycle: INV-23': kept,
    revoke: kept,
    'refusal: VFIO-25': anybody,
    'refusal: DRM-30': anybody,
    'refusal: DMB-19': anybody,
    'sg shapes: INV-17': 'PGM-7: the pool chooses where memory lies, user space cannot',
  },
})
