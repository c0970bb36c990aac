/** A host bridge in a clause: would the kernel let peer traffic through it? */
import { cpuRoutesPeers, hostBridgeFinding, type Topology } from '@barter/core'

/** **Source** HB-1 to HB-5 */
export function hostBridgeWords(topology: Topology, id: string): string {
  const { representative, deviceId, listed, sameBridgeOnly } = hostBridgeFinding(topology, id)
  const who = deviceId ?? (representative === null ? 'nobody stands for it' : 'ids not known')
  if (cpuRoutesPeers(topology.cpu) === true) return `${who}, trusted for its CPU (HB-1)`
  if (listed) return `${who}, on the kernel's list${sameBridgeOnly ? ' for pairs below it only' : ''} (HB-5)`
  return `${who}, not on the kernel's list (${representative === null ? 'HB-2' : 'HB-4'})`
}
