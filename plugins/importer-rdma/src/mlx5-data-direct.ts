/**
 * The driver `mlx5-data-direct`: regions of a DMA function of its own, which translates by a fixed list of addresses
 * (KSM) and so can neither fault nor be told to let go. The device it is bound to is that function.
 */
import { BUS, FACTS, type Importer, KERNEL, type Scope, TRACE } from '@barter/core'
import { keySpaces } from './memory-key.ts'
import { MLX5_PAGE_SIZES } from './page-size.ts'
import { notRevocable } from './pinned-attach.ts'
import { destroyKey, type PinnedKind, PinnedRegion, registered } from './pinned-region.ts'
import { UMEM_REVOKE } from './pinned-umem.ts'
import { probeNic } from './probe-nic.ts'
import { readRegionOptions, regionOptions } from './region-options.ts'
import { statusControl } from './status-control.ts'

/** **Source** RDMA-10, GEN-5 */
export function mlx5DataDirect(run: Scope): Importer {
  const { pageSize, generation } = run.get(FACTS)
  const trace = run.get(TRACE)
  const kernel = run.get(KERNEL)
  const services = { kernel, bus: run.get(BUS), trace, keysOf: keySpaces(kernel), revoke: UMEM_REVOKE }
  const kind: PinnedKind = {
    driver: 'mlx5-data-direct',
    pageSizes: MLX5_PAGE_SIZES,
    noPageSize: 'EINVAL',
    attachOps: (device) => notRevocable(generation, device, trace),
    // Only on the way out.
    stopHardware: destroyKey,
  }
  const supports = { dynamic: true, peer2peer: true, invalidate: false, pins: true, restartable: false }
  return {
    driver: kind.driver,
    tellsWhatItTouches: true,
    supports,
    kinds: [{ options: {}, supports, takes: 'table', maps: 'import', unmaps: 'close', dummyCallback: true }],
    options: regionOptions,
    controls: statusControl,
    probe: (device) => probeNic(device, services.keysOf),
    import: (device, buffer, options) =>
      registered(() => new PinnedRegion(services, kind, device, buffer, readRegionOptions(options, pageSize))),
  }
}
