/**
 * The kernel's question about one pair: how far apart are provider and client, and how may they talk (P2P-20 to P2P-23)?
 * The walk follows `calc_map_type_and_dist()` step by step; p2p-matrix.ts answers the same for all pairs at once.
 */
import { type AcsBit, type AcsState, hasRedirect, readAcs, redirectBits } from './acs.ts'
import type { Bdf } from './bdf.ts'
import { type HostBridgeDecision, type HostBridgeFinding, hostBridgeDecision, type IdOf } from './host-bridge.ts'
import type { PciFunction } from './pci-function.ts'
import type { Cpu, Topology } from './topology.ts'

/**
 * P2P-14, P2P-15, P2P-16: what the kernel answers to drivers (P2P-13). Its NONE is for struct pages, which may also be of
 * other memory (legacy-pgmap); its UNKNOWN no caller sees.
 */
export type MapType = 'not-supported' | 'bus-addr' | 'thru-host-bridge'

export interface P2pOptions {
  /** ACS registers as they stand; those of the topology's config space unless given. */
  readonly acs?: (fn: PciFunction) => AcsState
  /** The topology's unless given. */
  readonly cpu?: Cpu
  /** Ids of functions as the kernel has them; the topology's unless given. */
  readonly idOf?: IdOf
}

export interface P2pVerdict {
  readonly provider: Bdf
  readonly client: Bdf
  /** Hops from provider to client, counted also where the answer is no. They do not tell the route (P2P-25). */
  readonly distance: number
  /** What `pci_p2pdma_distance()` returns: -1 when not supported, `undefined` when that is undecided. */
  readonly kernelDistance: number | undefined
  /**
   * Absent when it hangs on an ACS word that is not known; the two fields below hold then. With `cpuMatters` or
   * `hostBridgeMatters` it is what a CPU without the rule, or a bridge off the list, would give.
   */
  readonly mapType?: MapType
  readonly mapTypeIfNoRedirect?: MapType
  readonly mapTypeIfRedirect?: MapType
  /** Nearest function that is on both ways up; `null` when the packets can only meet in the root complex. */
  readonly commonUpstream: Bdf | null
  /** Functions on the path known to redirect, in the order in which the kernel meets them (P2P-31). */
  readonly redirectOn: readonly RedirectSite[]
  /** Functions whose ACS word decides and is not known, in the same order. */
  readonly acsMattersOn: readonly Bdf[]
  /** Findings on the host bridges, when the answer asks for them: the provider's, then the client's if it is another. */
  readonly hostBridges: readonly HostBridgeFinding[]
  /** The CPU is not known, and an AMD Zen would be trusted (HB-1). */
  readonly cpuMatters?: true
  /** The ids of a host bridge are not known, and the list might hold them (HB-4). */
  readonly hostBridgeMatters?: true
  /**
   * Bridges that the capture does not show may lie on the way, and two devices that seem to part at the root may have
   * one in common: the distance is the least that it can be.
   */
  readonly pathMatters?: true
  /** Id of the rule that decides. */
  readonly rule: string
  /** One sentence for people. */
  readonly reason: string
}

export interface RedirectSite {
  readonly bdf: Bdf
  readonly bits: readonly AcsBit[]
}

/**
 * How provider and client may talk, by the kernel's rules.
 *
 * Whether the provider has a BAR to lend is another question (P2P-6), and so is the kernel's cache (P2P-28).
 * **Source** P2P-20 to P2P-23, ACS-1, ACS-4, HB-1 to HB-5
 */
export function p2pVerdict(
  topology: Topology,
  provider: PciFunction,
  client: PciFunction,
  options: P2pOptions = {},
): P2pVerdict {
  const path = p2pPath(topology, provider, client)
  const pair = {
    provider: provider.bdf,
    client: client.bdf,
    distance: path.distance,
    commonUpstream: path.common?.bdf ?? null,
  }
  const decide = (): HostBridgeDecision => hostBridgeDecision(topology, provider, client, options.cpu, options.idOf)
  if (path.hidden) {
    const why = `bridges that the capture does not show may lie on the way, which is ${path.distance} hops or more`
    return { ...pair, redirectOn: [], acsMattersOn: [], ...hiddenPath(decide(), why) }
  }
  if (path.common === undefined) {
    // P2P-22: nobody asks for the ACS words on the way.
    const reason = 'no bridge is on both ways up, so packets have to pass the root complex'
    return { ...pair, redirectOn: [], acsMattersOn: [], ...throughHost(path, decide(), reason) }
  }

  const acs = options.acs ?? ((fn: PciFunction) => readAcs(fn.config))
  const sites = path.functions.map((fn) => ({ bdf: fn.bdf, acs: acs(fn) }))
  const redirectOn = sites.flatMap(({ bdf, acs }): RedirectSite[] =>
    acs.kind === 'present' && hasRedirect(acs) === true ? [{ bdf, bits: redirectBits(acs.control) }] : [],
  )
  if (redirectOn.length > 0) {
    const names = redirectOn.map(({ bdf, bits }) => `${bdf} (${bits.join('+')})`).join(', ')
    const reason = `ACS redirect at ${names} sends packets up to the root complex`
    return { ...pair, redirectOn, acsMattersOn: [], ...throughHost(path, decide(), reason) }
  }

  const acsMattersOn = sites.filter((site) => site.acs.kind === 'unknown').map((site) => site.bdf)
  if (acsMattersOn.length > 0) return { ...pair, redirectOn, acsMattersOn, ...undecided(path, decide(), acsMattersOn) }
  return {
    ...pair,
    redirectOn,
    acsMattersOn,
    kernelDistance: path.distance,
    mapType: 'bus-addr',
    hostBridges: [],
    rule: 'P2P-21',
    reason: `packets turn round at ${path.common.bdf}, and nothing on the way has ACS redirect on`,
  }
}

export interface P2pPath {
  readonly distance: number
  readonly common: PciFunction | undefined
  /**
   * Where ACS counts: the provider's side upward with the common function, then the client's without it (ACS-4). Whatever
   * the function is: an upstream port is asked like any other (ACS-5), and so is the root port in which the functions of
   * one device meet (ACS-7). Empty where nobody asks: with no function in common, or where some may be hidden.
   */
  readonly functions: readonly PciFunction[]
  /** Bridges may be missing on it, so that it says less than it seems to. */
  readonly hidden: boolean
}

/** The way between two functions, whatever registers say. */
export function p2pPath(topology: Topology, provider: PciFunction, client: PciFunction): P2pPath {
  const up = topology.chain(provider)
  const down = topology.chain(client)
  for (const [steps, node] of up.entries()) {
    const meets = down.indexOf(node)
    if (meets < 0) continue
    const below = [...up.slice(0, steps), ...down.slice(0, meets)]
    const hidden = below.some((fn) => fn.bridgesHidden === true)
    return {
      distance: steps + meets,
      common: node,
      functions: hidden ? [] : [...up.slice(0, steps + 1), ...down.slice(0, meets)],
      hidden,
    }
  }
  const hidden = [...up, ...down].some((fn) => fn.bridgesHidden === true)
  return {
    distance: up.length + down.length,
    common: undefined,
    functions: [],
    hidden: hidden && mayMeet(topology, provider.hostBridge, client.hostBridge),
  }
}

/** Two functions below host bridges that are known, and not the same, have no bridge in common, seen or not. */
export function mayMeet(topology: Topology, a: string, b: string): boolean {
  return a === b || topology.hostBridges.some(({ id, guessed }) => guessed === true && (id === a || id === b))
}

type Answer = Omit<P2pVerdict, 'provider' | 'client' | 'distance' | 'commonUpstream' | 'redirectOn' | 'acsMattersOn'>

/** The packets reach the root complex for certain; what then? (P2P-23) */
function throughHost(path: P2pPath, host: HostBridgeDecision, why: string): Answer {
  const mapType = typeThroughHost(host)
  const kernelDistance = host.trusted === undefined ? undefined : host.trusted ? path.distance : -1
  return {
    kernelDistance,
    mapType,
    ...matters(host),
    hostBridges: host.findings,
    rule: host.by,
    reason: because(why, host),
  }
}

/** It turns on ACS words that are not known. The kernel's distance is known if either way is allowed. */
function undecided(path: P2pPath, host: HostBridgeDecision, sites: readonly Bdf[]): Answer {
  const words = sites.length === 1 ? 'the ACS control word' : 'the ACS control words'
  const why = `${words} of ${sites.join(', ')} would have to be read: packets turn round at ${path.common?.bdf ?? ''} unless one redirects them to the root complex`
  return {
    kernelDistance: host.trusted === true ? path.distance : undefined,
    mapTypeIfNoRedirect: 'bus-addr',
    mapTypeIfRedirect: typeThroughHost(host),
    ...matters(host),
    hostBridges: host.findings,
    rule: 'ACS-4',
    reason: because(why, host),
  }
}

/** Whether the two have a bridge in common, and which ports redirect, would have to be seen. */
function hiddenPath(host: HostBridgeDecision, why: string): Answer {
  return {
    kernelDistance: undefined,
    mapTypeIfNoRedirect: 'bus-addr',
    mapTypeIfRedirect: typeThroughHost(host),
    pathMatters: true,
    ...matters(host),
    hostBridges: host.findings,
    rule: 'P2P-20',
    reason: because(why, host),
  }
}

const typeThroughHost = (host: HostBridgeDecision): MapType =>
  host.trusted === true ? 'thru-host-bridge' : 'not-supported'

const matters = (host: HostBridgeDecision): Pick<P2pVerdict, 'cpuMatters' | 'hostBridgeMatters'> => ({
  ...(host.cpuMatters ? { cpuMatters: true as const } : {}),
  ...(host.idsMatter ? { hostBridgeMatters: true as const } : {}),
})

const because = (why: string, host: HostBridgeDecision): string => `${why}; ${host.reason}`
