import { describeExporter } from '@barter/conformance'
import sampleExporter from '../src/index.ts'

describeExporter({
  plugin: () => sampleExporter(),
  driver: 'sample',
  takes: [{ name: 'suspend', words: [{ verb: 'suspend' }], back: [{ verb: 'resume' }] }],
})
