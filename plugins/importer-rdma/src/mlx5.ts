/** The driver `mlx5`: memory regions that fault, fail while revoked, and work again afterwards. */
import { BUS, FACTS, HOOKS, type Importer, KERNEL, type Op, type Scope, TRACE } from '@barter/core'
import { keySpaces } from './memory-key.ts'
import { type InvalidateStep, MLX5_INVALIDATE, MLX5_INVALIDATE_BUG_37 } from './mlx5-invalidate.ts'
import { Mlx5Region } from './mlx5-region.ts'
import { probeNic } from './probe-nic.ts'
import { readRegionOptions, regionOptions } from './region-options.ts'
import { statusControl } from './status-control.ts'

/** **Source** RDMA-10 */
export function mlx5(run: Scope, invalidate?: readonly InvalidateStep[]): Importer {
  const facts = run.get(FACTS)
  const kernel = run.get(KERNEL)
  const services = {
    kernel,
    bus: run.get(BUS),
    trace: run.get(TRACE),
    hooks: run.get(HOOKS),
    keysOf: keySpaces(kernel),
    invalidate: invalidate ?? (facts.switches.has('BUG-37') ? MLX5_INVALIDATE_BUG_37 : MLX5_INVALIDATE),
  }
  const supports = { dynamic: true, peer2peer: true, invalidate: true, pins: false, restartable: true }
  return {
    driver: 'mlx5',
    tellsWhatItTouches: true,
    supports,
    kinds: [{ options: {}, supports, takes: 'table', maps: 'import', unmaps: 'callback' }],
    options: regionOptions,
    controls: statusControl,
    probe: (device) => probeNic(device, services.keysOf),
    import: (device, buffer, options) =>
      registered(() => new Mlx5Region(services, device, buffer, readRegionOptions(options, facts.pageSize))),
  }
}

function* registered(make: () => Mlx5Region): Op<Mlx5Region> {
  const region = make()
  yield* region.register()
  return region
}
