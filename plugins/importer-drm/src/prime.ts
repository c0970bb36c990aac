/** The driver `prime`: stands for all that import through the PRIME helpers. */
import {
  type Bus,
  BUS,
  type Device,
  type DmaBuf,
  type Importer,
  type Kernel,
  KERNEL,
  type Op,
  type Scope,
} from '@barter/core'
import { PrimeObject } from './prime-object.ts'
import { probeGpu } from './probe-gpu.ts'

/** **Source** DRM-30, DRM-31 */
export function prime(run: Scope): Importer {
  const kernel = run.get(KERNEL)
  const bus = run.get(BUS)
  const supports = { dynamic: false, peer2peer: false, invalidate: false, pins: false, restartable: false }
  return {
    driver: 'prime',
    tellsWhatItTouches: true,
    supports,
    kinds: [{ options: {}, supports, takes: 'table', maps: 'import', unmaps: 'close' }],
    probe: probeGpu,
    import: (device, buffer) => importObject(kernel, bus, device, buffer),
  }
}

function* importObject(kernel: Kernel, bus: Bus, device: Device, buffer: DmaBuf): Op<PrimeObject> {
  const object = new PrimeObject(kernel, bus, device, buffer)
  yield* object.create()
  return object
}
