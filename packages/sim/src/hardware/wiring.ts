/**
 * The machine as it is soldered: functions, buses and what kind of bus each is. Made once per topology and shared by
 * all its runs; what registers say is function/function-state.ts.
 */
import {
  bdfParts,
  type Bdf,
  type HostBridge,
  isMemoryBar,
  type PciFunction,
  readSriov,
  type Topology,
} from '@barter/core'
import { PeerRouting } from './fabric/peer-routing.ts'

/**
 * `root`: below a host bridge. `link`: below a PCI Express port, with the functions of one device on it. `switch`: inside
 * a switch, below its upstream port. `conventional`: shared wires, where whoever decodes an address takes it.
 */
type BusKind = 'root' | 'link' | 'switch' | 'conventional'

export interface WiredBus {
  readonly index: number
  readonly kind: BusKind
  /** The bridge it is below; `null` for a root bus. */
  readonly above: WiredFunction | null
  readonly hostBridge: HostBridge
  /** In the order of their numbers. */
  readonly functions: WiredFunction[]
}

export interface WiredFunction {
  readonly index: number
  readonly bdf: Bdf
  readonly fn: PciFunction
  readonly busNumber: number
  readonly functionNumber: number
  readonly deviceNumber: number
  readonly bus: WiredBus
  /** `null` unless something is below it. */
  readonly below: WiredBus | null
  /** A virtual function: of whom, and its number from 0. */
  readonly virtual: { readonly of: WiredFunction; readonly number: number } | null
  readonly virtualFunctions: WiredFunction[]
  /** Length of each memory BAR by index. */
  readonly barLengths: readonly (number | undefined)[]
}

export interface Wiring {
  readonly topology: Topology
  readonly functions: readonly WiredFunction[]
  readonly buses: readonly WiredBus[]
  /** By host bridge, in the order of the topology. */
  readonly roots: readonly WiredBus[]
  readonly byBdf: ReadonlyMap<Bdf, WiredFunction>
  readonly peers: PeerRouting
}

/** A BAR whose length a capture does not tell answers for this much, as far as its alignment allows. */
export const LEAST_BAR_LENGTH = 4096

const made = new WeakMap<Topology, Wiring>()

export function wiringOf(topology: Topology): Wiring {
  const known = made.get(topology)
  if (known !== undefined) return known
  const wiring = wire(topology)
  made.set(topology, wiring)
  return wiring
}

function wire(topology: Topology): Wiring {
  const functions: WiredFunction[] = []
  const buses: WiredBus[] = []
  const byBdf = new Map<Bdf, WiredFunction>()
  const fill = (bus: WiredBus, key: string): void => {
    for (const fn of topology.children(key)) {
      const { bus: busNumber, device, function: functionNumber } = bdfParts(fn.bdf)
      const hasBelow = topology.children(fn.bdf).length > 0
      const wired: Mutable<WiredFunction> = {
        index: functions.length,
        bdf: fn.bdf,
        fn,
        busNumber,
        functionNumber,
        deviceNumber: device,
        bus,
        below: null,
        virtual: null,
        virtualFunctions: [],
        barLengths: barLengths(fn),
      }
      functions.push(wired)
      bus.functions.push(wired)
      byBdf.set(fn.bdf, wired)
      if (!hasBelow) continue
      wired.below = {
        index: buses.length,
        kind: kindBelow(fn),
        above: wired,
        hostBridge: bus.hostBridge,
        functions: [],
      }
      buses.push(wired.below)
      fill(wired.below, fn.bdf)
    }
  }
  const roots = topology.hostBridges.map((hostBridge): WiredBus => {
    const bus: WiredBus = { index: buses.length, kind: 'root', above: null, hostBridge, functions: [] }
    buses.push(bus)
    fill(bus, hostBridge.id)
    return bus
  })
  for (const wired of functions) linkVirtual(wired, byBdf)
  return { topology, functions, buses, roots, byBdf, peers: new PeerRouting(topology) }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

function kindBelow(fn: PciFunction): BusKind {
  if (fn.kind === 'root-port' || fn.kind === 'downstream-port') return 'link'
  return fn.kind === 'upstream-port' ? 'switch' : 'conventional'
}

function barLengths(fn: PciFunction): (number | undefined)[] {
  const lengths: (number | undefined)[] = []
  for (const bar of fn.bars) {
    if (isMemoryBar(bar)) lengths[bar.index] = bar.length ?? leastLength(bar.bus)
  }
  return lengths
}

function leastLength(bus: number): number {
  let length = LEAST_BAR_LENGTH
  while (length > 16 && bus % length !== 0) length /= 2
  return length
}

/** The number comes from the SR-IOV capability; without its bytes, from the order of the siblings. */
function linkVirtual(wired: Mutable<WiredFunction>, byBdf: ReadonlyMap<Bdf, WiredFunction>): void {
  const of = wired.fn.physicalFunction === undefined ? undefined : byBdf.get(wired.fn.physicalFunction)
  if (of === undefined) return
  const sriov = readSriov(of.fn.config)
  const distance = routingId(wired) - routingId(of) - (sriov?.firstVfOffset ?? 0)
  const counted = sriov === null || sriov === undefined || sriov.stride === 0 ? undefined : distance / sriov.stride
  const number =
    counted !== undefined && Number.isInteger(counted) && counted >= 0 ? counted : of.virtualFunctions.length
  wired.virtual = { of, number }
  of.virtualFunctions.push(wired)
}

const routingId = (wired: WiredFunction): number =>
  wired.busNumber * 256 + wired.deviceNumber * 8 + wired.functionNumber
