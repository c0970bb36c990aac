import { describeImporter, type ImporterSpec } from '@barter/conformance'
import { probe } from '../src/index.ts'

/** The probe maps only when it is told to. */
const mapFirst: Pick<ImporterSpec, 'plugin' | 'driver' | 'prepare'> = {
  plugin: () => probe(),
  driver: 'probe',
  prepare: [{ verb: 'map' }],
}

describeImporter({ ...mapFirst, name: 'probe, inline' })
describeImporter({ ...mapFirst, name: 'probe, by a worker', options: { invalidate: 'worker:1' } })
describeImporter({ ...mapFirst, name: 'probe, with fences', options: { invalidate: 'fence:1' } })
describeImporter({ ...mapFirst, name: 'probe, static', options: { static: true } })
describeImporter({ ...mapFirst, name: 'probe, not peer to peer', options: { peer2peer: false } })
describeImporter({ ...mapFirst, name: 'probe, without a callback', options: { invalidate: 'none' } })
describeImporter({
  ...mapFirst,
  name: 'probe, by hand',
  options: { invalidate: 'manual' },
  breaks: {
    invalidate: 'it unmaps when told to only',
    revoke: 'it unmaps when told to only',
    remap: 'it unmaps when told to only',
  },
})
