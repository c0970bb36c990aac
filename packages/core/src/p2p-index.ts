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
  /** Made when a function is first asked for by its name. */
  #position: ReadonlyMap<Bdf, number> | undefined
  readonly #hosts: readonly string[]
  /** Bridges and self from the root bus down; a function on a root bus has 1. */
  readonly #depth: Depths
  readonly #host: Uint32Array
  /** Positions of the functions on root buses, in order. */
  readonly #tops: Uint32Array
  /** Depth of the deepest function on its way up that redirects, itself included; 0: none. */
  readonly #redirect: Depths
  /** The same with those counted in whose ACS word is not known. */
  readonly #suspect: Depths
  /** Depth of the deepest function on its way up above which bridges may be hidden; `undefined`: nowhere are any. */
  readonly #hidden: Depths | undefined
  readonly #keys: PathKeys
  /** Type code through the root complex, host by host. */
  readonly #through: Uint8Array

  constructor(topology: Topology, options: P2pIndexOptions = {}) {
    this.#topology = topology
    this.#hosts = topology.hostBridges.map((bridge) => bridge.id)
    const { order, largest } = depthFirst(topology, this.#hosts)
    const count = order.length
    // No chain that buses allow is deeper than a narrow column can count.
    const depths = (): Depths => (largest.length > 0xffff ? new Uint32Array(count) : new Uint16Array(count))
    this.#depth = depths()
    this.#host = new Uint32Array(count)
    this.#redirect = depths()
    this.#suspect = depths()
    const tops: number[] = []
    this.#hidden = topology.functions.some((fn) => fn.bridgesHidden === true) ? depths() : undefined
    this.#keys = new PathKeys(count, largest)
    for (const [i, { fn, parent, host, depth, number }] of order.entries()) {
      this.#depth[i] = depth
      this.#host[i] = host
      if (parent < 0) {
        tops.push(i)
        this.#keys.set(i, -1, 0, host)
      }
      this.#keys.set(i, parent < 0 ? i : parent, depth, number)
      const redirects = redirecting(fn, options)
      this.#redirect[i] = redirects === true ? depth : parent < 0 ? 0 : cell(this.#redirect, parent)
      if (this.#hidden !== undefined) {
        this.#hidden[i] = fn.bridgesHidden === true ? depth : parent < 0 ? 0 : cell(this.#hidden, parent)
      }
      this.#suspect[i] = redirects !== false ? depth : parent < 0 ? 0 : cell(this.#suspect, parent)
    }
    this.#tops = Uint32Array.from(tops)
    this.#through = throughHosts(topology, this.#hosts, options)
  }

  /** What the columns take, the table between hosts left out. **Units** bytes. */
  get bytes(): number {
    const columns = [this.#depth, this.#host, this.#tops, this.#redirect, this.#suspect, this.#hidden]
    return columns.reduce((sum, column) => sum + (column?.byteLength ?? 0), this.#keys.bytes)
  }

  /** Place of a function in the depth-first order of the topology. **Errors** `UsageError` `DEVICE_UNKNOWN`. */
  position(of: Bdf): number {
    this.#position ??= new Map(depthFirst(this.#topology, this.#hosts).order.map(({ fn }, i) => [fn.bdf, i]))
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
    let low = 0
    // The last one that does not come after it, as the order is depth-first.
    for (let high = this.#tops.length - 1; low < high;) {
      const middle = Math.ceil((low + high) / 2)
      if (cell(this.#tops, middle) <= at) low = middle
      else high = middle - 1
    }
    return cell(this.#tops, low)
  }

  /** Bridges may be hidden somewhere on its way up. */
  hides(at: number): boolean {
    return this.#hiddenDepth(at) > 0
  }

  #hiddenDepth(at: number): number {
    return this.#hidden === undefined ? 0 : cell(this.#hidden, at)
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
      if (this.#hiddenDepth(a) > common || this.#hiddenDepth(b) > common) return UNDECIDED
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

type Depths = Uint16Array | Uint32Array

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
const cell = (column: Depths, at: number): number => column[at] as number
