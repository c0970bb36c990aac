/** The driver `virtio-gpu`: guest blobs whose addresses a host holds. The device is the PCI function below it. */
import {
  BUS,
  FACTS,
  HOOKS,
  type Import,
  type Importer,
  KERNEL,
  ofEachDevice,
  type Op,
  type Scope,
  TRACE,
} from '@barter/core'
import { PrimeObject } from './prime-object.ts'
import { probeGpu } from './probe-gpu.ts'
import { VIRTIO_GPU_INVALIDATE, VIRTIO_GPU_INVALIDATE_BUG_38, type VirtioGpuStep } from './virtio-gpu-invalidate.ts'
import { VIRTIO_GPU_CONTROLS, VirtioGpuObject, type VirtioGpuServices } from './virtio-gpu-object.ts'
import { VirtioHost } from './virtio-host.ts'

/** What the host offers. A dma-buf becomes a guest blob only with blob resources and without virgl (DRM-20). */
export interface VirtioGpuFeatures {
  /** Resources that have guest memory of their own; true unless given. */
  readonly blob?: boolean
  /** 3D by virgl; false unless given. */
  readonly virgl?: boolean
}

/** **Source** DRM-20, DRM-21. Switch `BUG-38`; fault point `virtio-gpu:detach`. */
export function virtioGpu(
  run: Scope,
  { blob = true, virgl = false }: VirtioGpuFeatures = {},
  invalidate?: readonly VirtioGpuStep[],
): Importer {
  const kernel = run.get(KERNEL)
  const bus = run.get(BUS)
  const mutated = run.get(FACTS).switches.has('BUG-38')
  const services: VirtioGpuServices = {
    kernel,
    trace: run.get(TRACE),
    hooks: run.get(HOOKS),
    hostOf: ofEachDevice(kernel, 'host', (device) => new VirtioHost(kernel, bus, device)),
    invalidate: invalidate ?? (mutated ? VIRTIO_GPU_INVALIDATE_BUG_38 : VIRTIO_GPU_INVALIDATE),
  }
  const guestBlobs = blob && !virgl
  const supports = {
    dynamic: guestBlobs,
    peer2peer: guestBlobs,
    invalidate: guestBlobs,
    pins: guestBlobs,
    restartable: false,
  }
  return {
    driver: 'virtio-gpu',
    tellsWhatItTouches: true,
    supports,
    kinds: [{ options: {}, supports, takes: 'table', maps: 'import', unmaps: guestBlobs ? 'callback' : 'close' }],
    controls: guestBlobs ? VIRTIO_GPU_CONTROLS : {},
    probe: (device) => probeGpu(device, services.hostOf),
    import: (device, buffer) =>
      importObject(() =>
        guestBlobs ? new VirtioGpuObject(services, device, buffer) : new PrimeObject(kernel, bus, device, buffer),
      ),
  }
}

function* importObject(make: () => VirtioGpuObject | PrimeObject): Op<Import> {
  const object = make()
  yield* object.create()
  return object
}
