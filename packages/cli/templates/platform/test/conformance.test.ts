import { describePlatform } from '@barter/conformance'
import samplePlatform from '../src/index.ts'

describePlatform({ plugin: () => samplePlatform() })
