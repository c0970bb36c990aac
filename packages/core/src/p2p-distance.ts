/** `pci_p2pdma_distance()`: how far a client is from a provider, asked by drivers that choose among providers. */
import type { Device } from './device.ts'
import { type MapTypeServices, walkNow } from './map-type.ts'
import { notPciMessage } from './p2p-messages.ts'

/**
 * Hops between the two; -1 when they cannot do P2P.
 *
 * Computes anew whatever the cache holds, and leaves its answer there (P2P-26, P2P-30). **Shape** `verbose`: the reasons
 * go to the kernel's log. A client that is no PCI function
 * counts as the nearest one that it hangs on, though it can never map (P2P-17). **Source** P2P-18, P2P-23.
 */
export function p2pDistance(services: MapTypeServices, provider: Device, asked: Device, verbose: boolean): number {
  const client = nearestFunction(asked)
  if (client === undefined) {
    if (verbose) services.trace.emit(notPciMessage(asked))
    return -1
  }
  const { verdict, mapType, silent } = walkNow(services, provider, client, verbose)
  provider.p2p?.cache.remember(client, mapType, silent, services.facts.switches)
  return mapType === 'not-supported' ? -1 : verdict.distance
}

function nearestFunction(device: Device): Device | undefined {
  let at: Device | undefined = device
  while (at?.notPci === true) at = at.hangsOn
  return at
}
