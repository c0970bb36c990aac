import { describeImporter } from '@barter/conformance'
import { drm } from '../src/index.ts'

const gpu = { plugin: () => drm(), device: { class: 'gpu' } } as const

describeImporter({ ...gpu, driver: 'amdgpu' })
describeImporter({ ...gpu, driver: 'virtio-gpu' })
describeImporter({ ...gpu, driver: 'prime' })

const late = 'DRM-12: it unmaps at its next use, which is up to user space'
describeImporter({
  ...gpu,
  driver: 'xe',
  breaks: { invalidate: late, revoke: late, remap: late, 'interleavings: INV-9': late },
})
