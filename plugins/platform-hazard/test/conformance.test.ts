import { describePlatform } from '@barter/conformance'
import { hazard } from '../src/index.ts'

describePlatform({ plugin: () => hazard('good') })
describePlatform({ plugin: () => hazard('poor'), name: 'platform-hazard, poor' })
