/**
 * Where the kernel's verdict and the hardware part by themselves, whatever the model does: findings, not failures. Each
 * is a sentence of a trial that a test may leave out, and the reason why the hardware is right to do it.
 */
import { acsHas, type PciFunction, p2pVerdict, readAcs, type Topology } from '@barter/core'
import type { Trial } from './every-pair.ts'

/** The kernel says "through the host bridge", and the packet turns round below all the same, in the right byte. */
const STAYS_BELOW = /^INV-18: .* thru-host-bridge, but the packet stayed below the host bridge$/
/** A port redirects the packet, and one above does not forward it (ACS-2, ACS-3). */
const NO_FORWARDING = /ACS UF is not set/

/** What is wrong with a trial beside them. **Shape** `translated`: DMA addresses are such that no switch knows them (DMA-7). */
export function wrongOnOurSide(topology: Topology, trial: Trial, translated: boolean): readonly string[] {
  if (trial.wrong.length === 0 || trial.wrong.some((text) => NO_FORWARDING.test(text))) return []
  const tolerated = !translated && turnsRound(topology, trial.lender, trial.client)
  return trial.wrong.filter((text) => !tolerated || !STAYS_BELOW.test(text))
}

/**
 * Requests of the client turn round below the host bridge, whatever the kernel counts: only the port at which they
 * would turn redirects them, with RR and no egress vector (ACS-3, ACS-8), and functions of one device do not get as far as a
 * port (ACS-7). A capture that does not tell counts as redirect for the kernel and as none in the hardware.
 */
function turnsRound(topology: Topology, lender: PciFunction, client: PciFunction): boolean {
  const { commonUpstream } = p2pVerdict(topology, lender, client)
  if (commonUpstream === null) return false
  if (topology.get(commonUpstream).kind !== 'upstream-port') return true
  const turning = topology.chain(client).find((fn) => fn.parent === commonUpstream)
  const acs = turning === undefined ? undefined : readAcs(turning.config)
  return acs?.kind !== 'present' || !acsHas(acs.control, 'RR') || acsHas(acs.control, 'EC')
}
