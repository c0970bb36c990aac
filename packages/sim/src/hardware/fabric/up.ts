/**
 * The way up, decided at each port by its registers: inside a device, through ports (ACS), across a switch, or on to the
 * root complex.
 *
 * **Source** ACS-3, ACS-6, HAZ-5 to HAZ-7. **Not modelled** completions take the way of their request back, whatever CR
 * says; two functions on one root bus meet in the root complex only; a multi-function device always has wires between
 * its functions, which real ones need not have.
 */
import type { Route } from '@barter/core'
import { acsOn } from '../function/decode.ts'
import type { FunctionState } from '../function/function-state.ts'
import type { WiredFunction } from '../wiring.ts'
import { WINDOW } from './bus-map.ts'
import { down, whoCould } from './down.ts'
import type { FabricParts } from './fabric-parts.ts'
import { decisionText, deviceDecision, deviceText, peerDecision, type PeerDecision } from './peer-decision.ts'
import type { Request } from './request.ts'
import { intoRootComplex } from './root-passage.ts'

/** The sender puts a request on the wire. */
export function send(fabric: FabricParts, request: Request, sender: WiredFunction): Route {
  const state = fabric.functions.state(sender)
  const mute = state.muteBecause
  if (mute !== undefined) {
    request.hop(sender.bdf, mute)
    return request.end({ kind: 'not-sent' }, mute)
  }
  return upFrom(fabric, request, sender, false)
}

/**
 * The request leaves `from` upstream, onto the bus it sits on. `redirected`: it was sent up although a peer decodes it, so
 * nobody on the way takes it.
 */
function upFrom(fabric: FabricParts, request: Request, from: WiredFunction, redirected: boolean): Route {
  const { bus } = from
  const map = fabric.maps.of(bus)
  const claim = map.find(request.address)
  request.limit(map.span)
  const peer = claim < 0 ? undefined : map.owner(claim)
  // Its own BAR, or, sent by the port itself, what is below it (P2P-24 row a, ACS-6).
  if (!redirected && peer === from && (map.bar(claim) !== WINDOW || from === request.sender)) {
    const state = fabric.functions.state(from)
    const decision = peerDecision(state, state, request.translated)
    if (request.told) {
      const what = map.bar(claim) === WINDOW ? 'window' : 'BAR'
      const text = decisionText(state, state, decision, request.translated)
      request.hop(from.bdf, `${roleOf(from)}: its own ${what}, ${text}`)
    }
    return decided(fabric, request, from, decision)
  }
  if (bus.above === null) {
    if (request.told) request.hop(from.bdf, `${roleOf(from)}: up to the root complex`)
    return intoRootComplex(fabric, request, bus.hostBridge)
  }
  if (redirected || peer === undefined || peer === from) {
    const unwanted = request.told && !redirected && from.fn.kind === 'downstream-port'
    if (unwanted) request.hop(from.bdf, `${roleOf(from)}: for no peer, sent upstream`)
    return intoPort(fabric, request, bus.above, redirected)
  }
  if (bus.kind === 'conventional') {
    if (request.told) request.hop(from.bdf, `${roleOf(from)}: ${peer.bdf} decodes it on the shared bus`)
    return down(fabric, request, bus, claim)
  }
  const ingress = fabric.functions.state(from)
  const target = fabric.functions.state(peer)
  const inDevice = bus.kind === 'link'
  const decision = inDevice
    ? deviceDecision(ingress, target, request.translated)
    : peerDecision(ingress, target, request.translated)
  if (request.told) {
    const text = inDevice ? deviceText : decisionText
    request.hop(from.bdf, `${roleOf(from)}: ${text(ingress, target, decision, request.translated)}`)
  }
  return decided(fabric, request, from, decision)
}

function decided(fabric: FabricParts, request: Request, from: WiredFunction, decision: PeerDecision): Route {
  if (decision === 'blocked') return violation(request, from, 'ACS egress control blocks it')
  if (decision === 'redirect') {
    return from.bus.above === null
      ? upFrom(fabric, request, from, true)
      : intoPort(fabric, request, from.bus.above, true)
  }
  const map = fabric.maps.of(from.bus)
  const claim = map.find(request.address)
  request.limit(map.span)
  return down(fabric, request, from.bus, claim)
}

/** The request arrives at a bridge from below. */
function intoPort(fabric: FabricParts, request: Request, port: WiredFunction, redirected: boolean): Route {
  const state = fabric.functions.state(port)
  const mute = state.muteBecause
  if (mute !== undefined) return request.refuse(port.bdf, `${roleOf(port)}: forwards nothing upstream, as ${mute}`)
  const { kind } = port.fn
  if (kind === 'root-port' || kind === 'downstream-port') {
    const stopped = stoppedAtIngress(state, request)
    if (stopped !== undefined) return violation(request, port, stopped)
  }
  // A root port hands everything over. Whether it comes back down is the root complex's matter.
  if (kind === 'root-port') return upFrom(fabric, request, port, redirected)
  const inside = insideWindows(fabric, request, port)
  if (inside && kind === 'downstream-port') {
    if (!acsOn(state.decode, 'UF')) {
      return request.refuse(port.bdf, `${roleOf(port)}: came from below for its own window, and ACS UF is not set`)
    }
    if (request.told) request.hop(port.bdf, `${roleOf(port)}: for its own window, ACS UF set, sent upstream`)
    return upFrom(fabric, request, port, true)
  }
  if (inside && !redirected) {
    return request.refuse(port.bdf, `${roleOf(port)}: inside its own window, and ${whoCould(fabric, request, port)}`)
  }
  // A downstream port says more once it has looked at its peers.
  if (request.told && (redirected || kind !== 'downstream-port')) {
    const why = redirected ? 'redirected from below' : 'for nobody below'
    request.hop(port.bdf, `${roleOf(port)}: ${why}, sent upstream`)
  }
  return upFrom(fabric, request, port, redirected)
}

/** Source validation and translation blocking look at what comes from below. */
function stoppedAtIngress({ decode }: FunctionState, request: Request): string | undefined {
  if (decode.acs.control === 0) return undefined
  if (request.translated && acsOn(decode, 'TB')) return 'ACS TB set, and the request says it is translated'
  const bus = request.sender?.busNumber ?? 0
  if (acsOn(decode, 'SV') && (bus < decode.secondary || bus > decode.subordinate)) {
    return 'ACS SV set, and the requester is not in the bus range of the port'
  }
  return undefined
}

function insideWindows(fabric: FabricParts, request: Request, port: WiredFunction): boolean {
  const map = fabric.maps.of(port.bus)
  const claim = map.find(request.address)
  request.limit(map.span)
  return claim >= 0 && map.owner(claim) === port && map.bar(claim) === WINDOW
}

function violation(request: Request, at: WiredFunction, why: string): Route {
  request.hop(at.bdf, `${roleOf(at)}: ${why}`)
  return request.end({ kind: 'acs-violation', at: at.bdf }, why)
}

const ROLES = {
  'root-port': 'root port',
  'upstream-port': 'upstream port',
  'downstream-port': 'downstream port',
  'pci-bridge': 'PCI bridge',
  endpoint: 'endpoint',
  rciep: 'integrated endpoint',
  'host-bridge': 'host bridge function',
} as const

const roleOf = (wired: WiredFunction): string => ROLES[wired.fn.kind]
