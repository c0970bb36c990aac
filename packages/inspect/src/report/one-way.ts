/** What differs between the two directions of a pair, although the kernel gives both one verdict. */
import { isMemoryBar, p2pVerdict, type P2pVerdict, type PciFunction, type Topology } from '@barter/core'
import type { CapturedFunction } from '../machine/assemble.ts'
import { answerLetter } from './answer.ts'
import { barReport } from './exportable.ts'

/**
 * Sentences on what holds one way only; none for a pair that is the same both ways.
 *
 * The kernel asks the same functions in either direction, so its verdict can only differ in the order in which it names
 * them; what can be lent, and which side's ports redirect, may well differ. **Source** P2P-20, P2P-21, ACS-3, VFIO-14
 */
export function oneWaySentences(topology: Topology, there: P2pVerdict): readonly string[] {
  const provider = topology.get(there.provider)
  const client = topology.get(there.client)
  if (provider === client) return []
  const back = p2pVerdict(topology, client, provider)
  return [
    ...(answerLetter(there) === answerLetter(back)
      ? []
      : [`the kernel answers otherwise when ${client.bdf} lends to ${provider.bdf}`]),
    ...lending(provider, client),
    ...oneSide(topology, there),
  ]
}

function lending(provider: PciFunction, client: PciFunction): string[] {
  const [a, b] = [canLend(provider), canLend(client)]
  if (a === b) return []
  const [lends, takes] = a ? [provider, client] : [client, provider]
  const why = takes.bars.some(isMemoryBar) ? 'no BAR that vfio-pci could lend' : 'no memory BAR'
  return [`one way only: ${takes.bdf} has ${why}, so it can use a BAR of ${lends.bdf} but lend none`]
}

const canLend = (fn: CapturedFunction): boolean =>
  fn.barsUnknown === true || fn.bars.some((bar) => barReport(fn, bar).exportable !== false)

function oneSide(topology: Topology, { provider, client, commonUpstream, redirectOn }: P2pVerdict): string[] {
  if (commonUpstream === null || redirectOn.length === 0) return []
  const on = (bdf: PciFunction['bdf']): boolean => {
    const chain = topology.chain(topology.get(bdf))
    const below = chain.slice(
      0,
      chain.findIndex((fn) => fn.bdf === commonUpstream),
    )
    return below.some((fn) => redirectOn.some((site) => site.bdf === fn.bdf))
  }
  if (redirectOn.some(({ bdf }) => bdf === commonUpstream) || on(provider) === on(client)) return []
  const [with_, without] = on(provider) ? [provider, client] : [client, provider]
  return [
    `redirect is on only on the side of ${with_}: what ${with_} sends is turned up by a port, what ${without} sends is not; the kernel asks both sides and gives one verdict for both ways`,
  ]
}
