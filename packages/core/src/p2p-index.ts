/**
 * Every function of a topology in a few columns, so that any pair is answered without a walk. The answers are those of
 * p2p.ts, which says why; here it is only which.
 */
import { hasRedirect, readAcs } from './acs.ts'
import type { Bdf } from './bdf.ts'
import { PathKeys } from './bitfield.ts'
import { hostBridgeTrust } from './host-bridge.ts'
import { type MapType, mayMeet, type P2pOptions } from './p2p.ts'
import type { PciFunction } from './pci-function.ts'
import type { Topology } from './topology.ts'

export interface P2pIndexOptions extends P2pOptions {
  /** What to make of an ACS word that is not known; `undecided` (a pair that hangs on it has no map type) unless given. */
  readonly unknownAs?: 'undecided' | 'redirect' | 'clear'
}

export interface P2pAnswer {
  /** `undefined`: it hangs on an ACS word that is not known. */
  readonly mapType: MapType | undefined
  readonly distance: number
}

/** Codes of two bits, as the cells of the matrix hold them. */
export const MAP_TYPES = ['not-supported', 'bus-addr', 'thru-host-bridge', undefined] as const
const NOT_SUPPORTED = 0
const BUS_ADDR = 1
const THRU_HOST_BRIDGE = 2
const UNDECIDED = 3

export class P2pIndex {
  readonly #topology: Topology
  readonly #position = new Map<Bdf, number>()
  readonly #hosts: readonly string[]
  /** Bridges and self from the root bus down; a function on a root bus has 1. */
  readonly #depth: Int32Array
  readonly #host: Int32Array
  /** The function on the root bus above it, or itself. */
  readonly #top: Int32Array
  /** Depth of the deepest function on its way up that redirects, itself included; 0: none. */
  readonly #redirect: Int32Array
  /** The same with those counted in whose ACS word is not known. */
  readonly #suspect: Int32Array
  /** Depth of the deepest function on its way up above which bridges may be hidden; 0: none. */
  readonly #hidden: Int32Array
  readonly #keys: PathKeys
  /** Type code through the root complex, host by host. */
  readonly #through: Uint8Array

  constructor(topology: Topology, options: P2pIndexOptions = {}) {
    this.#topology = topology
    this.#hosts = topology.hostBridges.map((bridge) => bridge.id)
    const { order, largest } = depthFirst(topology, this.#hosts)
    const count = order.length
    this.#depth = new Int32Array(count)
    this.#host = new Int32Array(count)
    this.#top = new Int32Array(count)
    this.#redirect = new Int32Array(count)
    this.#suspect = new Int32Array(count)
    this.#hidden = new Int32Array(count)
    this.#keys = new PathKeys(count, largest)
    for (const [i, { fn, parent, host, depth, number }] of order.entries()) {
      this.#position.set(fn.bdf, i)
      this.#depth[i] = depth
      this.#host[i] = host
      this.#top[i] = parent < 0 ? i : cell(this.#top, parent)
      if (parent < 0) this.#keys.set(i, -1, 0, host)
      this.#keys.set(i, parent < 0 ? i : parent, depth, number)
      const redirects = redirecting(fn, options)
      this.#redirect[i] = redirects === true ? depth : parent < 0 ? 0 : cell(this.#redirect, parent)
      this.#hidden[i] = fn.bridgesHidden === true ? depth : parent < 0 ? 0 : cell(this.#hidden, parent)
      this.#suspect[i] = redirects !== false ? depth : parent < 0 ? 0 : cell(this.#suspect, parent)
    }
    this.#through = throughHosts(topology, this.#hosts, options)
  }

  /** Place of a function in the depth-first order of the topology. **Errors** `UsageError` `DEVICE_UNKNOWN`. */
  position(of: Bdf): number {
    return this.#position.get(of) ?? (this.#topology.get(of), -1)
  }

  /** Type and distance of one pair. **Errors** `UsageError` `DEVICE_UNKNOWN`. */
  pair(provider: Bdf, client: Bdf): P2pAnswer {
    const a = this.position(provider)
    const b = this.position(client)
    const common = this.commonDepth(a, b)
    return { mapType: MAP_TYPES[this.typeCode(a, b, common)], distance: this.distance(a, b, common) }
  }

  depth(at: number): number {
    return cell(this.#depth, at)
  }

  host(at: number): number {
    return cell(this.#host, at)
  }

  /** Position of the function on the root bus above; equal for two functions just if they have a common upstream. */
  top(at: number): number {
    return cell(this.#top, at)
  }

  /** Bridges may be hidden somewhere on its way up. */
  hides(at: number): boolean {
    return cell(this.#hidden, at) > 0
  }

  /** Type code of two functions without a common one that is known. */
  apart(a: number, b: number): number {
    const host = cell(this.#host, a)
    const other = cell(this.#host, b)
    if ((this.hides(a) || this.hides(b)) && this.#mayMeet(host, other)) return UNDECIDED
    return this.#between(a, b)
  }

  #mayMeet(host: number, other: number): boolean {
    return host === other || mayMeet(this.#topology, this.#hosts[host] ?? '', this.#hosts[other] ?? '')
  }

  /** Depth of the nearest common function, 0 when there is none. **Shape** positions. */
  commonDepth(a: number, b: number): number {
    const level = this.#keys.parting(a, b)
    if (level < 0) return cell(this.#depth, a)
    // Level 0 is the host bridge, level 1 its root bus: parting at either leaves nothing in common.
    return level < 1 ? 0 : level - 1
  }

  distance(a: number, b: number, common: number): number {
    return cell(this.#depth, a) + cell(this.#depth, b) - 2 * common
  }

  /**
   * One of `MAP_TYPES`, by its place in the list. The common function's own redirect counts once, from the provider's side.
   * **Source** P2P-21 to P2P-23
   */
  typeCode(a: number, b: number, common: number): number {
    if (common > 0) {
      if (cell(this.#hidden, a) > common || cell(this.#hidden, b) > common) return UNDECIDED
      if (cell(this.#suspect, a) < common && cell(this.#suspect, b) <= common) return BUS_ADDR
      if (cell(this.#redirect, a) < common && cell(this.#redirect, b) <= common) return UNDECIDED
    }
    return common > 0 ? this.#between(a, b) : this.apart(a, b)
  }

  /** Through the root complex for certain. */
  #between(a: number, b: number): number {
    return this.#through[cell(this.#host, a) * this.#hosts.length + cell(this.#host, b)] as number
  }
}

/** An index of a topology; `.pair(provider, client)` answers one pair. */
export function p2pIndex(topology: Topology, options: P2pIndexOptions = {}): P2pIndex {
  return new P2pIndex(topology, options)
}

interface Visit {
  readonly fn: PciFunction
  /** Position of the bridge above, -1 on a root bus. */
  readonly parent: number
  readonly host: number
  readonly depth: number
  /** Among its siblings, from 1. */
  readonly number: number
}

/** Functions depth-first, host by host, and by level the largest number that a path key has to hold. */
function depthFirst(topology: Topology, hosts: readonly string[]): { order: Visit[]; largest: number[] } {
  const order: Visit[] = []
  const largest = [hosts.length - 1]
  for (const [host, id] of hosts.entries()) {
    // An explicit stack: a chain of bridges may be as long as there are buses.
    const stack: Visit[] = below(topology.children(id), -1, host, 1)
    for (let visit = stack.pop(); visit !== undefined; visit = stack.pop()) {
      largest[visit.depth] = Math.max(largest[visit.depth] ?? 0, visit.number)
      order.push(visit)
      stack.push(...below(topology.children(visit.fn.bdf), order.length - 1, host, visit.depth + 1))
    }
  }
  return { order, largest }
}

/** Last first, as the stack gives them back. */
function below(children: readonly PciFunction[], parent: number, host: number, depth: number): Visit[] {
  return children.map((fn, i): Visit => ({ fn, parent, host, depth, number: i + 1 })).reverse()
}

function redirecting(fn: PciFunction, options: P2pIndexOptions): boolean | undefined {
  const known = hasRedirect(options.acs === undefined ? readAcs(fn.config) : options.acs(fn))
  if (known !== undefined || options.unknownAs === undefined || options.unknownAs === 'undecided') return known
  return options.unknownAs === 'redirect'
}

function throughHosts(topology: Topology, hosts: readonly string[], options: P2pIndexOptions): Uint8Array {
  const trust = hostBridgeTrust(topology, options.cpu ?? topology.cpu)
  const codes = new Uint8Array(hosts.length * hosts.length)
  for (const [i, a] of hosts.entries()) {
    for (const [j, b] of hosts.entries()) codes[i * hosts.length + j] = trust(a, b) ? THRU_HOST_BRIDGE : NOT_SUPPORTED
  }
  return codes
}

/** The positions come from the index itself, so every one is inside. */
const cell = (column: Int32Array, at: number): number => column[at] as number
