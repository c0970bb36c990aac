/** A wrapper around the exporter that changes the P2P state of each device once its driver is bound. */
import type { P2pProvider } from '@barter/core'
import { withExporter, type Wrapper } from './wrap.ts'

/** **Shape** `change` gets a provider and all of the device, by BAR. */
export const withProviders = (
  change: (provider: P2pProvider, all: readonly (P2pProvider | null)[]) => P2pProvider,
): Wrapper =>
  withExporter((exporter) => {
    const probe = exporter.probe.bind(exporter)
    exporter.probe = function* (device) {
      yield* probe(device)
      if (device.p2p === undefined) return
      const { providers, cache } = device.p2p
      device.p2p = { cache, providers: providers.map((one) => (one === null ? null : change(one, providers))) }
    }
  })
