/** How pinned regions attach, by generation (GEN-5, GEN-6). */
import { type AttachOps, type Device, done, type Generation, type Op, type Trace } from '@barter/core'

/** From 7.1 on an RDMA driver may have a callback that revokes. */
export const hasRevoke = (generation: Generation): boolean => generation === 'G2r' || generation === 'G2'

/**
 * Of a driver that cannot let go. It had to have a callback in the first kernels, and had one that only complains; since
 * then it has none, so the exporter can tell.
 */
export function notRevocable(generation: Generation, device: Device, trace: Trace): AttachOps {
  if (hasRevoke(generation)) return { peer2peer: true }
  const message = `${device.name}: Invalidate callback should not be called when memory is pinned`
  return {
    peer2peer: true,
    invalidate: (): Op<void> => {
      trace.emit({ kind: 'log', message, rule: 'GEN-5' })
      return done(undefined)
    },
  }
}
