/** Which pairs of functions a report speaks of. */
import { type Bdf, isMemoryBar, parseBdf, type PciFunction, type Topology } from '@barter/core'
import { functionName, pairsTooMany } from '../errors.ts'
import { isInteresting } from './device-class.ts'
import { isEndpoint } from './exportable.ts'

/** `interesting`, `all`, or the names of a provider and a client. */
export type PairChoice = 'interesting' | 'all' | readonly [provider: string, client: string]

export type Pair = readonly [provider: PciFunction, client: PciFunction]

export interface ChosenPairs {
  readonly pairs: readonly Pair[]
  /** A sentence on what was left out to stay below the limit. */
  readonly leftOut?: string
}

/** A report of more pairs is nothing that anybody reads, and takes gigabytes. */
const MOST_PAIRS = 200_000

/**
 * Ordered pairs of distinct endpoints; `interesting` leaves those of classes that people pair (`isInteresting`), with
 * providers that have a memory BAR. A named pair may be any two functions, or one twice (row a of P2P-24).
 *
 * **Errors** `FUNCTION_NAME`, `DEVICE_UNKNOWN`, `PAIRS_TOO_MANY`
 */
export function choosePairs(topology: Topology, choice: PairChoice): ChosenPairs {
  if (typeof choice !== 'string') {
    const [provider, client] = choice
    return { pairs: [[topology.get(named(provider)), topology.get(named(client))]] }
  }
  const endpoints = topology.functions.filter(isEndpoint)
  if (choice === 'all') return { pairs: crossed(endpoints, endpoints) }
  const clients = endpoints.filter((fn) => isInteresting(fn.classCode))
  if (clients.length ** 2 <= MOST_PAIRS) return { pairs: crossed(clients.filter(canProvide), clients) }
  // A virtual function hangs where its physical function hangs, and has most of its answers.
  const physical = clients.filter((fn) => fn.physicalFunction === undefined)
  const leftOut = `${clients.length - physical.length} virtual functions are left out of the pairs, as there are too many: name a pair to see one`
  return { pairs: crossed(physical.filter(canProvide), physical), leftOut }
}

const canProvide = (fn: PciFunction): boolean => fn.bars.some(isMemoryBar)

function crossed(providers: readonly PciFunction[], clients: readonly PciFunction[]): Pair[] {
  const count = providers.length * clients.length
  if (count > MOST_PAIRS) throw pairsTooMany(count, MOST_PAIRS)
  return providers.flatMap((provider) =>
    clients.filter((client) => client !== provider).map((client): Pair => [provider, client]),
  )
}

function named(text: string): Bdf {
  const bdf = parseBdf(text)
  if (bdf === undefined) throw functionName(text)
  return bdf
}
