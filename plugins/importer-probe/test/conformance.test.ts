import { describeImporter } from '@barter/conformance'
import { probe } from '../src/index.ts'

/** The probe maps only when it is told to. */
const mapFirst = { plugin: () => probe(), driver: 'probe', prepare: [{ verb: 'map' }] }
const byHand = 'IMP-3: it unmaps when user space says so, and not before'

describeImporter({ ...mapFirst, name: 'probe, inline' })
describeImporter({ ...mapFirst, name: 'probe, by a worker', options: { invalidate: 'worker:1' } })
describeImporter({ ...mapFirst, name: 'probe, static', options: { static: true } })
describeImporter({
  ...mapFirst,
  name: 'probe, by hand',
  options: { invalidate: 'manual' },
  breaks: { invalidate: byHand, revoke: byHand, remap: byHand, 'interleavings: INV-9': byHand },
})
