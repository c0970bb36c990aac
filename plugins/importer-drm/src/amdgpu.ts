/** The driver `amdgpu`: buffer objects whose running jobs hold fences, and that are mapped again when they are used. */
import { BUS, type Device, type DmaBuf, FACTS, type Importer, KERNEL, type Op, type Scope, TRACE } from '@barter/core'
import { AMDGPU_INVALIDATE, type AmdgpuStep } from './amdgpu-invalidate.ts'
import { AMDGPU_CONTROLS, AmdgpuObject, type AmdgpuServices } from './amdgpu-object.ts'
import { gpuVms } from './gpu-vm.ts'
import { probeGpu } from './probe-gpu.ts'

/** **Source** DRM-1 to DRM-4. Switch `BUG-43`. */
export function amdgpu(run: Scope, invalidate: readonly AmdgpuStep[] = AMDGPU_INVALIDATE): Importer {
  const kernel = run.get(KERNEL)
  const services: AmdgpuServices = {
    kernel,
    bus: run.get(BUS),
    trace: run.get(TRACE),
    vmOf: gpuVms(kernel),
    invalidate,
    publishesLate: run.get(FACTS).switches.has('BUG-43'),
  }
  const supports = { dynamic: true, peer2peer: true, invalidate: true, pins: false, restartable: true }
  return {
    driver: 'amdgpu',
    tellsWhatItTouches: true,
    supports,
    kinds: [{ options: {}, supports, takes: 'table', maps: 'use', unmaps: 'fences' }],
    controls: AMDGPU_CONTROLS,
    probe: (device) => probeGpu(device, services.vmOf),
    import: (device, buffer) => importObject(services, device, buffer),
  }
}

function* importObject(services: AmdgpuServices, device: Device, buffer: DmaBuf): Op<AmdgpuObject> {
  const object = new AmdgpuObject(services, device, buffer)
  yield* object.attach()
  return object
}
