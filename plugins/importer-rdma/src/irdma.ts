/** The driver `irdma`: regions that are pinned, and invalidated for good when the exporter takes the memory back. */
import {
  BUS,
  FACTS,
  faultAt,
  HOOKS,
  type Importer,
  KERNEL,
  type Op,
  type Scope,
  type SystemHooks,
  TRACE,
  type Trace,
} from '@barter/core'
import { keySpaces } from './memory-key.ts'
import { NicResets } from './nic-reset.ts'
import { IRDMA_PAGE_SIZES } from './page-size.ts'
import { hasRevoke, notRevocable } from './pinned-attach.ts'
import { destroyKey, type PinnedKind, PinnedRegion, registered } from './pinned-region.ts'
import { type RevokeStep, UMEM_REVOKE } from './pinned-umem.ts'
import { probeNic } from './probe-nic.ts'
import { readRegionOptions, regionOptions } from './region-options.ts'
import { statusControl } from './status-control.ts'

/** **Source** RDMA-4 to RDMA-7, GEN-6. Fault point: `irdma:dereg`. */
export function irdma(run: Scope, revoke: readonly RevokeStep[] = UMEM_REVOKE): Importer {
  const { pageSize, generation } = run.get(FACTS)
  const kernel = run.get(KERNEL)
  const trace = run.get(TRACE)
  const hooks = run.get(HOOKS)
  const keysOf = keySpaces(kernel)
  const resets = new NicResets(kernel, trace, keysOf)
  const kind: PinnedKind = {
    driver: 'irdma',
    pageSizes: IRDMA_PAGE_SIZES,
    noPageSize: 'EOPNOTSUPP',
    attachOps: (device, revokeRegion) =>
      hasRevoke(generation) ? { peer2peer: true, invalidate: revokeRegion } : notRevocable(generation, device, trace),
    stopHardware: (region) => stopHardware({ hooks, trace, resets }, region),
  }
  const services = { kernel, bus: run.get(BUS), trace, keysOf, revoke }
  const supports = { dynamic: true, peer2peer: true, invalidate: hasRevoke(generation), pins: true, restartable: false }
  return {
    driver: kind.driver,
    tellsWhatItTouches: true,
    supports,
    kinds: [
      {
        options: {},
        supports,
        takes: 'table',
        maps: 'import',
        unmaps: hasRevoke(generation) ? 'callback' : 'close',
        dummyCallback: true,
      },
    ],
    options: regionOptions,
    controls: statusControl,
    probe: (device) => probeNic(device, keysOf),
    import: (device, buffer, options) =>
      registered(() => new PinnedRegion(services, kind, device, buffer, readRegionOptions(options, pageSize))),
  }
}

interface StopServices {
  readonly hooks: SystemHooks
  readonly trace: Trace
  readonly resets: NicResets
}

function* stopHardware({ hooks, trace, resets }: StopServices, region: PinnedRegion): Op<void> {
  const { device } = region
  const errno = faultAt(hooks, 'irdma:dereg', device, 'EIO')
  if (errno === undefined) return yield* destroyKey(region)
  trace.emit({ kind: 'log', message: `${device.name}: dmabuf mr revoke failed ${errno}`, rule: 'RDMA-7' })
  resets.request(device)
}
