import { describeImporter, type ImporterSpec } from '@barter/conformance'
import { probe } from '../src/index.ts'

/** The probe maps only when it is told to. */
const mapFirst: Pick<ImporterSpec, 'plugin' | 'driver' | 'prepare'> = {
  plugin: () => probe(),
  driver: 'probe',
  prepare: [{ verb: 'map' }],
}

describeImporter({ ...mapFirst, name: 'probe, inline' })
describeImporter({ ...mapFirst, name: 'probe, by a worker', options: { invalidate: 'worker:30' } })
describeImporter({ ...mapFirst, name: 'probe, with fences', options: { invalidate: 'fence:5' } })
