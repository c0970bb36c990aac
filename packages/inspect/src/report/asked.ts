/** Whose ACS word the kernel asks for on the way of a pair. */
import { type P2pVerdict, type PciFunction, readAcs, type Topology } from '@barter/core'

/**
 * The provider's side up to the common function with it, then the client's side. Nobody without a common function.
 * **Source** ACS-4, P2P-22
 */
export function askedFunctions(
  topology: Topology,
  { provider, client, commonUpstream }: Pick<P2pVerdict, 'provider' | 'client' | 'commonUpstream'>,
): readonly PciFunction[] {
  if (commonUpstream === null) return []
  const up = topology.chain(topology.get(provider))
  const down = topology.chain(topology.get(client))
  const place = (chain: readonly PciFunction[]): number => chain.findIndex(({ bdf }) => bdf === commonUpstream)
  return [...up.slice(0, place(up) + 1), ...down.slice(0, place(down))]
}

/** Those of them whose word is not known, also where another one decides already. */
export const unknownOnTheWay = (topology: Topology, verdict: P2pVerdict): readonly PciFunction[] =>
  askedFunctions(topology, verdict).filter((fn) => readAcs(fn.config).kind === 'unknown')
