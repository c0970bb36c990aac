/** What one pair needs so that its packets turn round below the host bridge. */
import {
  type Bdf,
  hostBridgeDecision,
  p2pVerdict,
  type P2pVerdict,
  type PciFunction,
  type Topology,
} from '@barter/core'
import { answerLetter } from '../report/answer.ts'
import { unknownOnTheWay } from '../report/asked.ts'
import { unclearable } from './acs-change.ts'

/**
 * `direct`: nothing. `clear`: redirect off at these functions, all of them. `unknown`: ACS words, or
 * bridges, have to be seen first.
 * `impossible`: no software can; `why` says it.
 */
export type PairNeed = { readonly provider: Bdf; readonly client: Bdf } & (
  | { readonly kind: 'direct' }
  | { readonly kind: 'clear'; readonly clear: readonly Bdf[] }
  | {
      readonly kind: 'unknown'
      readonly read: readonly Bdf[]
      readonly clear: readonly Bdf[]
      /** The capture may lack bridges between the two, so that not even their way is known. */
      readonly bridgesHidden?: true
    }
  | { readonly kind: 'impossible'; readonly why: string; readonly noCommonSwitch: boolean }
)

/** **Source** P2P-21, P2P-22, ACS-1, ACS-12, ACS-15 */
export function pairNeed(topology: Topology, provider: PciFunction, client: PciFunction): PairNeed {
  const verdict = p2pVerdict(topology, provider, client)
  const pair = { provider: provider.bdf, client: client.bdf }
  if (verdict.mapType === 'bus-addr') return { ...pair, kind: 'direct' }
  if (verdict.pathMatters === true) return { ...pair, kind: 'unknown', read: [], clear: [], bridgesHidden: true }
  if (verdict.commonUpstream === null) {
    return { ...pair, kind: 'impossible', why: noCommon(topology, verdict), noCommonSwitch: true }
  }
  const clear = verdict.redirectOn.map(({ bdf }) => bdf)
  const stuck = clear.flatMap((bdf) => unclearable(topology.get(bdf)) ?? [])
  if (stuck.length > 0) return { ...pair, kind: 'impossible', why: stuck.join('; '), noCommonSwitch: false }
  const read = unknownOnTheWay(topology, verdict).map(({ bdf }) => bdf)
  return read.length > 0 ? { ...pair, kind: 'unknown', read, clear } : { ...pair, kind: 'clear', clear }
}

/** ACS is not even asked there, so the host bridge has the word. */
function noCommon(topology: Topology, verdict: P2pVerdict): string {
  const provider = topology.get(verdict.provider)
  const client = topology.get(verdict.client)
  const apart = provider.hostBridge !== client.hostBridge
  const where = apart ? 'they are below two host bridges' : 'they have no common switch, only the host bridge'
  const { reason, by } = hostBridgeDecision(topology, provider, client)
  switch (answerLetter(verdict)) {
    case 'H':
      return `${where}; through the root complex it works without any change (${by}), but never is direct`
    case 'x':
      return `${where}, which the kernel does not trust with peer traffic: ${reason} (${by})`
    default:
      return `${where}, and it is open whether the kernel trusts it: ${reason}`
  }
}

/** Every function that has to stop redirecting for these pairs. Each is needed by some pair, so no smaller set does. */
export function smallestClearSet(needs: readonly PairNeed[]): readonly Bdf[] {
  return [...new Set(needs.flatMap((need) => (need.kind === 'clear' ? need.clear : [])))].sort()
}
