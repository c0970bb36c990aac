/** What a port, or a function of a multi-function device, does with a request from below that is for a peer (ACS-3). */
import type { FunctionState } from '../function/function-state.ts'
import { acsOn } from '../function/decode.ts'

export type PeerDecision =
  /** Straight to the peer. */
  | 'across'
  /** Up, towards the root complex. */
  | 'redirect'
  /** An ACS violation. */
  | 'blocked'

/**
 * By the control bits of `ingress` alone.
 *
 * The egress control vector, when switched on, names the peers that it is about: for those redirect decides between
 * "up" and "violation"; the others are reached directly, redirect or not. An already translated request goes across with
 * direct translated P2P on, whatever else is set.
 * **Source** ACS-3, HAZ-17
 */
export function peerDecision(ingress: FunctionState, peer: FunctionState, translated: boolean): PeerDecision {
  const { decode } = ingress
  if (decode.acs.control === 0) return 'across'
  if (translated && acsOn(decode, 'DT')) return 'across'
  const redirect = acsOn(decode, 'RR')
  if (!acsOn(decode, 'EC')) return redirect ? 'redirect' : 'across'
  if (!ingress.egressNames(peer)) return 'across'
  return redirect ? 'redirect' : 'blocked'
}

/**
 * The same between two functions of one device. They share its internal wires, so a redirect at either end keeps the
 * request off them.
 * **Source** ACS-6
 */
export function deviceDecision(ingress: FunctionState, peer: FunctionState, translated: boolean): PeerDecision {
  const own = peerDecision(ingress, peer, translated)
  return own === 'across' && !translated && acsOn(peer.decode, 'RR') ? 'redirect' : own
}

/** Which registers decided, for a reader. */
export function decisionText(
  ingress: FunctionState,
  peer: FunctionState,
  decision: PeerDecision,
  translated: boolean,
): string {
  const { decode } = ingress
  if (decision === 'blocked') return `ACS EC names ${peer.wired.bdf} and RR is not set: blocked`
  if (decision === 'redirect') {
    return acsOn(decode, 'EC')
      ? `ACS RR set and EC names ${peer.wired.bdf}, sent upstream`
      : 'ACS RR set, sent upstream'
  }
  if (translated && acsOn(decode, 'DT'))
    return `ACS DT set and the request is translated, straight to ${peer.wired.bdf}`
  if (acsOn(decode, 'EC')) return `ACS EC does not name ${peer.wired.bdf}, straight across`
  return `no ACS redirect, straight to ${peer.wired.bdf}`
}

export function deviceText(
  ingress: FunctionState,
  peer: FunctionState,
  decision: PeerDecision,
  translated: boolean,
): string {
  if (decision === 'across') return `${decisionText(ingress, peer, decision, translated)} inside the device`
  if (decision === 'redirect' && !acsOn(ingress.decode, 'RR')) {
    return `ACS RR set at ${peer.wired.bdf} of the same device, sent upstream`
  }
  return decisionText(ingress, peer, decision, translated)
}
