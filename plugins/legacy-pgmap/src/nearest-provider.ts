/** Which device's memory is nearest to those who are to use it: what a driver without an address in mind asks. */
import { type Device, p2pDistance, type MapTypeServices } from '@barter/core'

/** A candidate is a pointer; the kernel's list of them is one page. */
const POINTER = 8

/**
 * Sum of the distances of all clients; -1 when there are none or one of them cannot talk to the provider.
 *
 * **Shape** `verbose`: the reasons go to the kernel's log, and the others are looked at after the first that cannot.
 * Each answer stays in the cache. **Source** P2P-26
 */
export function distanceMany(
  services: MapTypeServices,
  provider: Device,
  clients: readonly Device[],
  verbose: boolean,
): number {
  if (clients.length === 0) return -1
  let sum = 0
  let refused = false
  for (const client of clients) {
    const distance = p2pDistance(services, provider, client, verbose)
    refused ||= distance < 0
    if (client.notPci === true || (refused && !verbose)) return -1
    sum += distance
  }
  return refused ? -1 : sum
}

/**
 * The nearest of the providers, one of them at random when several are. **Shape** `providers`: with published memory, in
 * the order of the bus. **Source** P2P-27
 */
export function findMany(
  services: MapTypeServices,
  providers: readonly Device[],
  clients: readonly Device[],
  random: (limit: number) => number,
): Device | undefined {
  const most = services.facts.pageSize / POINTER
  let closest = Infinity
  let candidates: Device[] = []
  for (const provider of providers) {
    const distance = distanceMany(services, provider, clients, false)
    if (distance < 0 || distance > closest) continue
    if (distance < closest) candidates = []
    closest = distance
    // What does not fit is dropped, however near.
    if (candidates.length < most) candidates.push(provider)
  }
  return candidates.length === 0 ? undefined : candidates[random(candidates.length)]
}
