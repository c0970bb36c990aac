/** The plugin: an importer for driver `probe`, and the smallest example of one. */
import type { Plugin, Scope } from '@barter/core'
import { BUS, done, type Importer, KERNEL } from '@barter/core'
import { probeOptions, readProbeOptions } from './options.ts'
import { importWith, PROBE_CONTROLS } from './probe-import.ts'

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
  const services = { kernel: run.get(KERNEL), bus: run.get(BUS) }
  return {
    driver: 'probe',
    supports: { dynamic: true, peer2peer: true, invalidate: true, pins: true, restartable: true },
    options: probeOptions,
    controls: PROBE_CONTROLS,
    probe: () => done(undefined),
    import: (device, buffer, options) => importWith(services, device, buffer, readProbeOptions(options)),
  }
}
