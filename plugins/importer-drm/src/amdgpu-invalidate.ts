/** amdgpu's callback (DRM-2), in order. */
import { done } from '@barter/core'
import type { AmdgpuObject } from './amdgpu-object.ts'
import type { InvalidateStep } from './invalidate-step.ts'

export type AmdgpuStep = InvalidateStep<AmdgpuObject>

/** Whoever submits next has the page tables written again. */
const markStale: AmdgpuStep = {
  name: 'markStale',
  rule: 'DRM-2',
  run(object) {
    object.markStale()
    return done(undefined)
  },
}

const gut: AmdgpuStep = { name: 'gut', rule: 'DRM-3', run: ({ bo }) => bo.gut() }

/** Who holds the lock is about to write them, or the fences of its jobs still protect. */
const updatePageTables: AmdgpuStep = {
  name: 'updatePageTables',
  rule: 'DRM-2',
  run(object) {
    object.clearPageTables()
    return done(undefined)
  },
}

export const AMDGPU_INVALIDATE: readonly AmdgpuStep[] = [markStale, gut, updatePageTables]
