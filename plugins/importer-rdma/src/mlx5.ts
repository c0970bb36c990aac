/** The driver `mlx5`: memory regions that fault, fail while revoked, and work again afterwards. */
import {
  BUS,
  type Controls,
  type Device,
  FACTS,
  HOOKS,
  type Importer,
  KERNEL,
  type Op,
  type Scope,
  setMaster,
  TRACE,
} from '@barter/core'
import { KeySpace } from './memory-key.ts'
import { type InvalidateStep, MLX5_INVALIDATE, MLX5_INVALIDATE_BUG_37 } from './mlx5-invalidate.ts'
import { Mlx5Region } from './mlx5-region.ts'
import { readRegionOptions, regionOptions } from './region-options.ts'

const DMA_MASK_BITS = 64

const controls: Controls = {
  status: {
    summary: 'the region as the driver sees it: key, mapping, page size, queue pair',
    args: { type: 'object', additionalProperties: false },
  },
}

/** **Source** RDMA-10 */
export function mlx5(run: Scope, invalidate?: readonly InvalidateStep[]): Importer {
  const facts = run.get(FACTS)
  const kernel = run.get(KERNEL)
  const services = {
    kernel,
    bus: run.get(BUS),
    trace: run.get(TRACE),
    hooks: run.get(HOOKS),
    keysOf: keySpaces((): KeySpace => new KeySpace(kernel)),
    invalidate: invalidate ?? (facts.switches.has('BUG-37') ? MLX5_INVALIDATE_BUG_37 : MLX5_INVALIDATE),
  }
  return {
    driver: 'mlx5',
    supports: { dynamic: true, peer2peer: true, invalidate: true, pins: false, restartable: true },
    options: regionOptions,
    controls,
    probe,
    *import(device, buffer, options) {
      const region = new Mlx5Region(services, device, buffer, readRegionOptions(options, facts.pageSize))
      yield* region.register()
      return region
    },
  }
}

function* probe(device: Device): Op<void> {
  device.dmaMaskBits = Math.min(DMA_MASK_BITS, device.fn.dmaMaskBits ?? DMA_MASK_BITS)
  setMaster(device, true)
}

/** Each NIC hands out keys of its own. */
function keySpaces(make: () => KeySpace): (device: Device) => KeySpace {
  const made = new Map<Device, KeySpace>()
  return (device) => {
    const keys = made.get(device) ?? make()
    made.set(device, keys)
    return keys
  }
}
