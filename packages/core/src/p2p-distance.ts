/** `pci_p2pdma_distance()`: how far a client is from a provider, asked by drivers that choose among providers. */
import type { Device } from './device.ts'
import { type MapTypeServices, walkNow } from './map-type.ts'
import { notPciMessage } from './p2p-messages.ts'

/**
 * Hops between the two; -1 when they cannot do P2P.
 *
 * Computes anew whatever the cache holds, and leaves its answer there (P2P-26, P2P-30). **Shape** `verbose`: the reasons
 * go to the kernel's log. **Source** P2P-18, P2P-23. **Not modelled** a client that has a PCI device among its parents.
 */
export function p2pDistance(services: MapTypeServices, provider: Device, client: Device, verbose: boolean): number {
  if (client.notPci === true) {
    if (verbose) services.trace.emit(notPciMessage(client))
    return -1
  }
  const { mapType, distance, silent } = walkNow(services, provider, client, verbose)
  provider.p2p?.cache.remember(client, mapType, silent, services.facts.switches)
  return mapType === 'not-supported' ? -1 : distance
}
