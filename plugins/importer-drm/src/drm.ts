/** The plugin: GPU importers, one driver name each. */
import type { Plugin } from '@barter/core'
import { amdgpu } from './amdgpu.ts'
import type { AmdgpuStep } from './amdgpu-invalidate.ts'
import { prime } from './prime.ts'
import { virtioGpu, type VirtioGpuFeatures } from './virtio-gpu.ts'
import type { VirtioGpuStep } from './virtio-gpu-invalidate.ts'
import { xe } from './xe.ts'
import type { XeStep } from './xe-invalidate.ts'

export interface DrmOptions {
  /** What hosts of virtual GPUs offer. */
  readonly virtioGpu?: VirtioGpuFeatures
  /** What each driver does when it is told to let go, for experiments; what the kernel does unless given. */
  readonly amdgpuInvalidate?: readonly AmdgpuStep[]
  readonly xeInvalidate?: readonly XeStep[]
  readonly virtioGpuInvalidate?: readonly VirtioGpuStep[]
}

/**
 * Driver `amdgpu`: running jobs hold fences. `xe`: unmaps late. `virtio-gpu`: lets go for good. `prime`: attaches
 * statically, so it is refused. **Source** DRM-1 to DRM-31
 */
export function drm(options: DrmOptions = {}): Plugin {
  return {
    name: 'importer-drm',
    apply: ({ hooks }) => {
      hooks.importer.for('amdgpu').tap('importer-drm', (run) => amdgpu(run, options.amdgpuInvalidate))
      hooks.importer.for('xe').tap('importer-drm', (run) => xe(run, options.xeInvalidate))
      hooks.importer
        .for('virtio-gpu')
        .tap('importer-drm', (run) => virtioGpu(run, options.virtioGpu, options.virtioGpuInvalidate))
      hooks.importer.for('prime').tap('importer-drm', prime)
    },
  }
}
