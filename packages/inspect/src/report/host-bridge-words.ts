/** A host bridge in a clause: would the kernel let peer traffic through it? */
import { cpuRoutesPeers, hostBridgeFinding, type Topology } from '@barter/core'

/** **Source** HB-1 to HB-5 */
export function hostBridgeWords(topology: Topology, id: string): string {
  const { representative, deviceId, listed, sameBridgeOnly } = hostBridgeFinding(topology, id)
  const bridge = topology.hostBridge(id)
  const hidden = bridge.firstHidden === true || bridge.guessed === true
  const who = deviceId ?? (hidden ? 'not shown' : representative === null ? 'nobody stands for it' : 'ids not known')
  const cpu = cpuRoutesPeers(topology.cpu)
  if (cpu === true) return `${who}, trusted for its CPU (HB-1)`
  if (listed) return `${who}, on the kernel's list${sameBridgeOnly ? ' for pairs below it only' : ''} (HB-5)`
  if (hidden || (representative !== null && deviceId === null)) return `${who}, not known if the kernel trusts it`
  const unless = cpu === undefined ? ', unless the CPU is an AMD Zen' : ''
  return `${who}, not on the kernel's list (${representative === null ? 'HB-2' : 'HB-4'})${unless}`
}
