import { describePlatform } from '@barter/conformance'
import { hazard } from '../src/index.ts'

describePlatform({ plugin: () => hazard('poor') })
