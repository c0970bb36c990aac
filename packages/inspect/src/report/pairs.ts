/** Which pairs of functions a report speaks of. */
import { type Bdf, isMemoryBar, parseBdf, type PciFunction, type Topology } from '@barter/core'
import { functionName, pairsTooMany } from '../errors.ts'
import type { CapturedFunction } from '../machine/assemble.ts'
import { chooseDevices, type DeviceChoice } from './choose-devices.ts'
import { isEndpoint } from './exportable.ts'

/** `none`, `interesting`, `all`, the names of a provider and a client, or devices by class, place or id. */
export type PairChoice = 'none' | 'interesting' | 'all' | readonly [provider: string, client: string] | DeviceChoice

export type Pair = readonly [provider: PciFunction, client: PciFunction]

export interface ChosenPairs {
  /** Whom the pairs are made of, in bus order. */
  readonly devices: readonly PciFunction[]
  readonly pairs: readonly Pair[]
  /** A sentence on what was left out to stay below the limit. */
  readonly leftOut?: string
}

/** A report of more pairs is nothing that anybody reads, and takes gigabytes. */
const MOST_PAIRS = 200_000

/**
 * Ordered pairs of distinct endpoints; unless `all` are asked for, with providers that have a memory BAR. A named pair may
 * be any two functions, or one twice (row a of P2P-24).
 *
 * **Errors** `FUNCTION_NAME`, `DEVICE_UNKNOWN`, `DEVICE_CHOICE`, `PAIRS_TOO_MANY`
 */
export function choosePairs(topology: Topology, choice: PairChoice): ChosenPairs {
  if (isNamedPair(choice)) {
    const [provider, client] = choice.map((name) => topology.get(named(name))) as [PciFunction, PciFunction]
    return { devices: [...new Set([provider, client])], pairs: [[provider, client]] }
  }
  if (choice === 'none') return { devices: [], pairs: [] }
  if (choice === 'all') {
    const endpoints = topology.functions.filter(isEndpoint)
    return { devices: endpoints, pairs: crossed(endpoints, endpoints) }
  }
  const clients = chooseDevices(topology, choice === 'interesting' ? {} : choice)
  if (clients.length ** 2 <= MOST_PAIRS)
    return { devices: clients, pairs: crossed(clients.filter(canProvide), clients) }
  // A virtual function hangs where its physical function hangs, and has most of its answers.
  const physical = clients.filter((fn) => fn.physicalFunction === undefined)
  const leftOut = `${clients.length - physical.length} virtual functions are left out of the pairs, as there are too many: name a pair to see one`
  return { devices: physical, pairs: crossed(physical.filter(canProvide), physical), leftOut }
}

/** Who is on the matrix, whose size has no limit that anybody meets. */
export function matrixDevices(topology: Topology, choice: 'interesting' | 'all' | DeviceChoice): PciFunction[] {
  if (choice === 'all') return topology.functions.filter(isEndpoint)
  return chooseDevices(topology, choice === 'interesting' ? {} : choice)
}

/** Where nothing is known of its BARs, it may. */
export const canProvide = (fn: CapturedFunction): boolean => fn.barsUnknown === true || fn.bars.some(isMemoryBar)

const isNamedPair = (choice: PairChoice): choice is readonly [string, string] => Array.isArray(choice)

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
