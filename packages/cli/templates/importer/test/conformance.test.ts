import { describeImporter } from '@barter/conformance'
import sampleImporter from '../src/index.ts'

describeImporter({ plugin: () => sampleImporter(), driver: 'sample' })
