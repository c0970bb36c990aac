import { describePlatform } from '@barter/conformance'
import { noPgmap } from '../src/index.ts'

describePlatform({ plugin: () => noPgmap() })
