/** xe's callback (DRM-11), in order. What it leaves out is the point: the unmap (DRM-12). */
import { done } from '@barter/core'
import type { InvalidateStep } from './invalidate-step.ts'
import type { XeObject } from './xe-object.ts'

export type XeStep = InvalidateStep<XeObject>

/** Page tables are written again by the next job; in a faulting address space they are cleared now. */
const triggerRebind: XeStep = { name: 'triggerRebind', rule: 'DRM-11', run: (object) => object.triggerRebind() }

const waitKernelFences: XeStep = {
  name: 'waitKernelFences',
  rule: 'DRM-11',
  run: ({ bo }) => bo.buffer.resv.wait('kernel'),
}

/** Only in name: the table stays mapped until somebody uses the object again, or frees it. */
const moveToSystem: XeStep = {
  name: 'moveToSystem',
  rule: 'DRM-12',
  run(object) {
    object.moveToSystem()
    return done(undefined)
  },
}

export const XE_INVALIDATE: readonly XeStep[] = [triggerRebind, waitKernelFences, moveToSystem]
