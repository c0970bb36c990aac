/** The driver `xe`: buffer objects that are told to let go, stop, and unmap only at their next use or end. */
import { BUS, type Importer, type JsonSchema, KERNEL, type Op, type Scope, TRACE } from '@barter/core'
import { gpuVms } from './gpu-vm.ts'
import { probeGpu } from './probe-gpu.ts'
import { XE_INVALIDATE, type XeStep } from './xe-invalidate.ts'
import { XE_CONTROLS, XeObject, type XeServices } from './xe-object.ts'

const options: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    mode: {
      enum: ['fence', 'fault'],
      default: 'fence',
      description: 'address space: jobs are protected by fences, or fault where nothing is mapped',
    },
  },
}

/** **Source** DRM-10 to DRM-13 */
export function xe(run: Scope, invalidate: readonly XeStep[] = XE_INVALIDATE): Importer {
  const kernel = run.get(KERNEL)
  const services: XeServices = { kernel, bus: run.get(BUS), trace: run.get(TRACE), vmOf: gpuVms(kernel), invalidate }
  const supports = { dynamic: true, peer2peer: true, invalidate: true, pins: false, restartable: true }
  return {
    driver: 'xe',
    tellsWhatItTouches: true,
    supports,
    kinds: [
      { options: {}, supports, takes: 'table', maps: 'use', unmaps: 'next-use' },
      { options: { mode: 'fault' }, supports, takes: 'table', maps: 'use', unmaps: 'next-use' },
    ],
    options,
    controls: XE_CONTROLS,
    probe: (device) => probeGpu(device, services.vmOf),
    import: (device, buffer, { mode }) =>
      importObject(() => new XeObject(services, mode === 'fault' ? 'fault' : 'fence', device, buffer)),
  }
}

function* importObject(make: () => XeObject): Op<XeObject> {
  const object = make()
  yield* object.attach()
  return object
}
