import { describePlatform } from '@barter/conformance'
import { busOffset } from '../src/index.ts'

describePlatform({ plugin: () => busOffset('power8'), name: 'platform-bus-offset, power8' })

const deaf = 'DMA-4: its devices reach no address beyond its RAM, so nothing comes back through the host bridge'
describePlatform({
  plugin: () => busOffset('rpi5'),
  name: 'platform-bus-offset, rpi5',
  breaks: { 'lifecycle: P2P-15': deaf, addresses: deaf, remap: deaf, 'sg shapes': deaf, errors: deaf },
})
