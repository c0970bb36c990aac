/** virtio-gpu's callback (DRM-21), in order. */
import { type Op, point, waitFor } from '@barter/core'
import type { InvalidateStep } from './invalidate-step.ts'
import type { VirtioGpuObject } from './virtio-gpu-object.ts'

export type VirtioGpuStep = InvalidateStep<VirtioGpuObject>

/** Wait until the host has dropped the addresses. The command is set aside beforehand, so that it cannot fail. */
const detachFromHost: VirtioGpuStep = {
  name: 'detachFromHost',
  rule: 'DRM-21',
  run: (object) => detach(object),
}

/** As the kernel does it: the command needs memory, and when there is none, nothing is sent and nobody minds (BUG-38). */
const detachFromHostOrNot: VirtioGpuStep = {
  name: 'detachFromHost',
  rule: 'BUG-38',
  *run(object) {
    if (!object.outOfMemory('virtio-gpu:detach')) yield* detach(object)
  },
}

const unmap: VirtioGpuStep = { name: 'unmap', rule: 'DRM-21', run: (object) => object.unmap() }

export const VIRTIO_GPU_INVALIDATE: readonly VirtioGpuStep[] = [detachFromHost, unmap]
/** With switch `BUG-38`. */
export const VIRTIO_GPU_INVALIDATE_BUG_38: readonly VirtioGpuStep[] = [detachFromHostOrNot, unmap]

function* detach({ host, resource }: VirtioGpuObject): Op<void> {
  yield* point('detach backing')
  yield* waitFor(host.detachBacking(resource), 'host')
}
