import { describePlatform } from '@barter/conformance'
import { acs } from '../src/index.ts'

describePlatform({ plugin: () => acs('redirect') })
