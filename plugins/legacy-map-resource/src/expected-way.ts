/** What the provider path would have answered. For the judge only: no address here depends on it. */
import { type Device, liveAcs, type MapType, p2pVerdict, type SgtServices } from '@barter/core'

/**
 * The way that the packets of `client` should take to `owner`, so that the judge can tell a detour from the way that the
 * fabric calls for (DMA-12, INV-18). **Shape** an ACS word that is not known counts as redirect.
 */
export function expectedWay(services: SgtServices, owner: Device, client: Device): MapType {
  if (client.notPci === true) return 'not-supported'
  const { topology, devices, facts } = services
  const verdict = p2pVerdict(topology, owner.fn, client.fn, {
    acs: (fn) => liveAcs(devices.get(fn.bdf)),
    cpu: facts.cpu,
  })
  return verdict.mapType ?? verdict.mapTypeIfRedirect ?? 'not-supported'
}
