/** The kernel's question for a pair of devices in a run: how may `client` reach the BARs of `provider`? (P2P-17) */
import { type AcsState, isAllOnes } from './acs.ts'
import { type Device, type Devices, liveAcs } from './device.ts'
import type { Facts } from './facts.ts'
import type { SystemHooks } from './hooks.ts'
import type { P2pProvider } from './p2p-provider.ts'
import { p2pMessages } from './p2p-messages.ts'
import type { MapType, P2pVerdict } from './p2p.ts'
import type { PciFunction } from './pci-function.ts'
import { demandMapType } from './tap-contract.ts'
import type { Topology } from './topology.ts'
import type { Trace } from './trace.ts'
import { verdictNow } from './verdict-memo.ts'
import type { Witness } from './witness.ts'

export interface MapTypeServices {
  readonly topology: Topology
  readonly facts: Facts
  readonly hooks: SystemHooks
  readonly devices: Devices
  readonly trace: Trace
  readonly witness?: Witness
}

export interface MapTypeAnswer {
  readonly mapType: MapType
  readonly rule: string
  /** A sentence with the deciding port and bit. */
  readonly why: string
}

/**
 * Answer from the cache, a plugin, or the walk. Never sleeps.
 *
 * The real kernel keeps each answer for as long as the provider's driver is bound (P2P-28); map-type-cache.ts says what
 * goes wrong by that. The model asks anew each time unless a switch says otherwise.
 * **Source** P2P-17, P2P-19, P2P-23.
 */
export function mapType(services: MapTypeServices, provider: P2pProvider, client: Device): MapTypeAnswer {
  const state = provider.owner.p2p
  if (!services.facts.config.p2pdma) return refused('P2P-11', 'the kernel is built without P2PDMA')
  if (client.notPci === true) return refused('P2P-17', `${client.name} is no PCI device`)
  if (state === undefined) return refused('P2P-17', `${provider.owner.name} has no P2P state`)
  const { switches } = services.facts
  const remembered = state.cache.recall(client, switches)
  if (remembered !== undefined) {
    checkRemembered(services, provider, client, remembered)
    return remembered
  }
  const answer = byPlugin(services, provider, client) ?? byWalk(services, provider, client)
  state.cache.remember(client, answer.mapType, answer.silent, switches)
  return answer
}

/** Switches with which what is remembered may differ from what is so. */
const KNOWN_STALE = ['BUG-34', 'BUG-39', 'BUG-45']

/** INV-20: what is remembered is what would be found now. */
function checkRemembered(
  services: MapTypeServices,
  provider: P2pProvider,
  client: Device,
  { mapType: used, why }: MapTypeAnswer,
): void {
  if (services.witness === undefined || KNOWN_STALE.some((id) => services.facts.switches.has(id))) return
  const fresh = byPlugin(services, provider, client) ?? byWalk(services, provider, client)
  if (fresh.mapType === used) return
  const pair = `${client.name} to ${provider.owner.name}`
  services.witness.broken('INV-20', 'P2P-28', `${used} for ${pair} (${why}), where ${fresh.mapType} is right`)
}

const refused = (rule: string, why: string): MapTypeAnswer => ({ mapType: 'not-supported', rule, why })

type FreshAnswer = MapTypeAnswer & { readonly silent: boolean }

function byPlugin(services: MapTypeServices, provider: P2pProvider, client: Device): FreshAnswer | undefined {
  const answer = services.hooks.mapType.call(provider, client)
  if (answer === undefined) return undefined
  return { mapType: demandMapType(services.hooks, answer), rule: 'P2P-17', why: 'a plugin decided', silent: false }
}

function byWalk(services: MapTypeServices, provider: P2pProvider, client: Device): FreshAnswer {
  const { verdict, mapType, silent } = walkNow(services, provider.owner, client, true)
  return { mapType, rule: verdict.rule, why: verdict.reason, silent }
}

/** A verdict with what is unknown decided. */
export interface DecidedVerdict {
  readonly verdict: P2pVerdict
  readonly mapType: MapType
  /** A control word that was asked for read as all ones (ACS-15). */
  readonly silent: boolean
}

/**
 * The walk over the fabric as it stands now, and the kernel's own messages about it.
 * **Shape** `verbose`: the caller wants the reasons told. What a capture leaves unknown is decided as the stricter kernel
 * would: redirect on.
 */
export function walkNow(services: MapTypeServices, provider: Device, client: Device, verbose: boolean): DecidedVerdict {
  const { topology, devices, facts, trace } = services
  let silent = false
  const ask = (fn: PciFunction): AcsState => {
    const acs = liveAcs(devices.get(fn.bdf))
    silent ||= isAllOnes(acs)
    return acs
  }
  const verdict = verdictNow(topology, provider.fn, client.fn, {
    acs: ask,
    cpu: facts.cpu,
    idOf: (fn) => devices.get(fn.bdf).pretence?.id ?? fn,
  })
  const mapType = verdict.mapType ?? verdict.mapTypeIfRedirect ?? 'not-supported'
  if (trace.on) {
    const told = { provider, client, verbose, supported: mapType !== 'not-supported' }
    for (const message of p2pMessages(verdict, told)) trace.emit(message)
  }
  return { verdict, mapType, silent }
}
