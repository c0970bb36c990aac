/** The plugin: an importer for driver `probe`, and the smallest example of one. */
import type { Plugin, Scope } from '@barter/core'
import { atOnce, BUS, DEVICES, type Importer, KERNEL, PLATFORM, setMaster } from '@barter/core'
import { PROBE_CONTROLS } from './controls.ts'
import { Engines } from './engine.ts'
import { probeOptions, readProbeOptions } from './options.ts'
import { PROBE_KINDS } from './kinds.ts'
import { importWith } from './probe-import.ts'

/** **Shape** no options: each import says by itself what kind of importer it plays. */
export function probe(): Plugin {
  return {
    name: 'importer-probe',
    apply: ({ hooks }) => {
      hooks.importer.for('probe').tap('importer-probe', importer)
    },
  }
}

function importer(run: Scope): Importer {
  const kernel = run.get(KERNEL)
  const bus = run.get(BUS)
  let events = 0
  const services = {
    kernel,
    bus,
    devices: run.get(DEVICES),
    iommu: run.get(PLATFORM).iommu,
    engines: new Engines(bus),
    clock: { now: () => kernel.tick, next: () => events++ },
  }
  return {
    driver: 'probe',
    supports: { dynamic: true, peer2peer: true, invalidate: true, pins: true, restartable: true },
    kinds: PROBE_KINDS,
    options: probeOptions,
    controls: PROBE_CONTROLS,
    probe: (device) => atOnce(() => setMaster(device, true)),
    import: (device, buffer, options) => importWith(services, device, buffer, readProbeOptions(options)),
  }
}
