/** The driver `prime`: stands for all that import through the PRIME helpers. */
import { BUS, type Importer, type Scope } from '@barter/core'
import { PrimeObject } from './prime-object.ts'
import { probeGpu } from './probe-gpu.ts'

/** **Source** DRM-30, DRM-31 */
export function prime(run: Scope): Importer {
  const bus = run.get(BUS)
  const supports = { dynamic: false, peer2peer: false, invalidate: false, pins: false, restartable: false }
  return {
    driver: 'prime',
    supports,
    kinds: [{ options: {}, supports, takes: 'table', maps: 'import', unmaps: 'close' }],
    probe: probeGpu,
    *import(device, buffer) {
      const object = new PrimeObject(bus, device, buffer)
      yield* object.create()
      return object
    },
  }
}
