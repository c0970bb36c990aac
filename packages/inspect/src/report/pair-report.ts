/** The verdict of one ordered pair as data: what the kernel would say, by which port, bit and rule. */
import {
  type AcsBit,
  type Bdf,
  cpuRoutesPeers,
  type HostBridgeFinding,
  type MapType,
  type P2pVerdict,
  type Topology,
} from '@barter/core'
import { unknownOnTheWay } from './asked.ts'
import { barReport } from './exportable.ts'
import { oneWaySentences } from './one-way.ts'
import { type PathStep, pathOf } from './path.ts'
import { type VendorLabel, vendorLabel } from './vendor-label.ts'

export interface PairReport {
  readonly provider: string
  readonly client: string
  /** Hops, counted also where the answer is no. */
  readonly distance: number
  /** What the kernel's distance call returns: -1 when not supported, `null` when that is not known. */
  readonly kernelDistance: number | null
  /** Absent when ACS words that are not known decide; the next two hold then. */
  readonly mapType?: MapType
  readonly mapTypeIfNoRedirect?: MapType
  readonly mapTypeIfRedirect?: MapType
  readonly commonUpstream: string | null
  readonly acsRedirectOn: readonly string[]
  /** The bits that redirect at each of these, in the same order. */
  readonly redirectBits: readonly (readonly AcsBit[])[]
  readonly acsMattersOn?: readonly string[]
  readonly hostBridges: readonly HostBridgeFinding[]
  /** Does the kernel trust every host bridge for the CPU's sake (HB-1)? `null`: the CPU is not known. */
  readonly cpuRule: boolean | null
  /** The answer may be another when the CPU, or the ids of a host bridge, become known. */
  readonly cpuMatters?: true
  readonly hostBridgeMatters?: true
  /** Bridges that the capture does not show may lie on the way: `distance` is the least that it can be. */
  readonly pathMatters?: true
  /** BARs of the provider that vfio-pci could lend; `devices` says why not the others. */
  readonly exportableBars: readonly number[]
  /** IOMMU groups; `null` where the capture does not tell. */
  readonly iommuGroups: { readonly provider: number | null; readonly client: number | null }
  /** The vendors' word for the way between the two. */
  readonly label: VendorLabel
  /** Boot parameter after which the pair has a bus address, where ACS alone is in the way. */
  readonly wouldBeBusAddrAfter?: string
  /** Id of the rule that decides. */
  readonly rule: string
  readonly reason: string
  /** Of a named pair: the way port by port, from the client to the provider. */
  readonly path?: readonly PathStep[]
  /** Of a named pair: what holds one way only, as sentences; absent when both ways are alike. */
  readonly oneWay?: readonly string[]
}

/** **Shape** `detailed`: with the path and a comparison of both directions. */
export function pairReport(
  topology: Topology,
  verdict: P2pVerdict,
  { detailed }: { readonly detailed: boolean },
): PairReport {
  const { mapType, mapTypeIfNoRedirect, mapTypeIfRedirect, acsMattersOn, cpuMatters, hostBridgeMatters } = verdict
  const provider = topology.get(verdict.provider)
  const client = topology.get(verdict.client)
  const oneWay = detailed ? oneWaySentences(topology, verdict) : []
  return {
    provider: verdict.provider,
    client: verdict.client,
    distance: verdict.distance,
    kernelDistance: verdict.kernelDistance ?? null,
    ...(mapType !== undefined ? { mapType } : {}),
    ...(mapTypeIfNoRedirect !== undefined ? { mapTypeIfNoRedirect } : {}),
    ...(mapTypeIfRedirect !== undefined ? { mapTypeIfRedirect } : {}),
    commonUpstream: verdict.commonUpstream,
    acsRedirectOn: verdict.redirectOn.map(({ bdf }) => bdf),
    redirectBits: verdict.redirectOn.map(({ bits }) => bits),
    ...(acsMattersOn.length > 0 ? { acsMattersOn } : {}),
    hostBridges: verdict.hostBridges,
    cpuRule: cpuRoutesPeers(topology.cpu) ?? null,
    ...(cpuMatters === true ? { cpuMatters } : {}),
    ...(hostBridgeMatters === true ? { hostBridgeMatters } : {}),
    ...(verdict.pathMatters === true ? { pathMatters: true as const } : {}),
    exportableBars: provider.bars
      .filter((bar) => barReport(provider, bar).exportable === true)
      .map(({ index }) => index),
    iommuGroups: { provider: provider.iommuGroup ?? null, client: client.iommuGroup ?? null },
    label: vendorLabel(topology, provider, client),
    ...wouldBe(topology, verdict),
    rule: verdict.rule,
    reason: verdict.reason,
    ...(detailed ? { path: pathOf(topology, verdict) } : {}),
    ...(oneWay.length > 0 ? { oneWay } : {}),
  }
}

/** As the kernel's own hint, and true only if no other word on the way is unknown. **Source** P2P-31 */
function wouldBe(topology: Topology, verdict: P2pVerdict): Pick<PairReport, 'wouldBeBusAddrAfter'> {
  const { redirectOn } = verdict
  if (redirectOn.length === 0 || unknownOnTheWay(topology, verdict).length > 0) return {}
  const functions: readonly Bdf[] = redirectOn.map(({ bdf }) => bdf)
  return { wouldBeBusAddrAfter: `pci=disable_acs_redir=${functions.join(';')}` }
}
