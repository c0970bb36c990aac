/** One bus of a spec: slots for its devices, then each device with what is below it. */
import { type Bdf, formatBdf } from '../bdf.ts'
import { acsWords } from './acs-words.ts'
import { type BusKind, type FunctionToPlan, functionsOf } from './device-functions.ts'
import type { Identity } from './identity.ts'
import type { PlannedBridge, PlannedFunction, PlannedHostBridge } from './planned.ts'
import { assignSlots, devfn } from './slots.ts'
import { specError } from './spec-error.ts'
import type { DeviceSpec, PortSpec } from './spec.ts'
import { planVirtual } from './virtual-functions.ts'

export interface BusPlace {
  /** Path of the list of devices. */
  readonly where: string
  readonly kind: BusKind
  readonly bus: number
  readonly parent: PlannedFunction | null
  readonly into: PlannedFunction[]
  readonly devices: readonly (DeviceSpec | PortSpec)[]
  /** The function at 00.0 of a root bus that stands for the host bridge. */
  readonly hostFunction?: Identity
}

/** What grows while a host bridge is planned. */
export interface Growing {
  readonly bridge: PlannedHostBridge
  readonly functions: PlannedFunction[]
  readonly names: Map<string, PlannedFunction>
}

/** 00.0 of a root bus is the place of the host bridge's own function, whether it has one or not. */
const SLOTS: Readonly<Record<BusKind, { readonly first: number; readonly last: number }>> = {
  root: { first: 1, last: 31 },
  link: { first: 0, last: 0 },
  ports: { first: 0, last: 31 },
  conventional: { first: 0, last: 31 },
}

/** **Errors** `UsageError` `TOPOLOGY_SPEC`. */
export function planBus(place: BusPlace, growing: Growing): void {
  const taken = new Map<number, string>()
  if (place.hostFunction !== undefined) {
    taken.set(0, `${growing.bridge.where}.id`)
    add(place, growing, 0, hostFunction(growing.bridge.where, place.hostFunction))
  }
  const requests = place.devices.map((spec, i) => {
    const where = `${place.where}[${i}]`
    return { ...slotOf(spec), where, list: functionsOf(where, spec, place.kind) }
  })
  const slots = assignSlots(
    { where: place.where, ...SLOTS[place.kind] },
    requests.map(({ list, ...request }) => ({ ...request, functions: list.length })),
    taken,
  )
  // Firmware meets devices in the order of their numbers, and so counts the buses below.
  const met = requests
    .flatMap(({ list }, i) =>
      list.map((one, k) => ({ one, number: devfn(slots[i] ?? { device: 0, function: 0 }) + k })),
    )
    .sort((a, b) => a.number - b.number)
  const added = met.map(({ one, number }) => add(place, growing, number, one))
  for (const fn of added) {
    for (const vf of planVirtual(fn, taken)) {
      register(place, growing, vf)
      name(growing, `${fn.endpoint?.endpoint ?? ''}-vf${vf.virtual?.index ?? 0}`, vf)
    }
  }
}

function add(place: BusPlace, growing: Growing, number: number, one: FunctionToPlan): PlannedFunction {
  const { bridge } = growing
  const parts = { domain: bridge.domain, bus: place.bus, device: Math.floor(number / 8), function: number % 8 }
  const bdf: Bdf = formatBdf(parts)
  const { name: called, spec, below, ...facts } = one
  const behind = below === undefined ? undefined : newBridge(one.where, bridge)
  const fn: PlannedFunction = {
    ...facts,
    bdf,
    parent: place.parent,
    hostBridge: bridge.id,
    acs: acsWords(one.where, one.kind, one.pcie, spec),
    ...(behind === undefined ? {} : { bridge: behind }),
  }
  register(place, growing, fn)
  if (called !== undefined) name(growing, called, fn)
  if (below !== undefined && behind !== undefined) {
    planBus({ ...below, bus: behind.secondary, parent: fn, into: behind.functions }, growing)
    behind.subordinate = bridge.subordinate
  }
  return fn
}

function newBridge(where: string, bridge: PlannedHostBridge): PlannedBridge {
  const secondary = bridge.subordinate + 1
  if (secondary > 255)
    throw specError(where, 'the domain has no bus left', 'put part of it below a host bridge of another domain')
  bridge.subordinate = secondary
  return { secondary, subordinate: secondary, functions: [], windows: {} }
}

function register(place: BusPlace, growing: Growing, fn: PlannedFunction): void {
  place.into.push(fn)
  growing.functions.push(fn)
}

function name(growing: Growing, called: string, fn: PlannedFunction): void {
  const other = growing.names.get(called)
  if (other !== undefined) {
    throw specError(fn.where, `the name ${called} is taken by ${other.where}`, 'give each device a name of its own')
  }
  growing.names.set(called, fn)
}

const hostFunction = (where: string, identity: Identity): FunctionToPlan => ({
  where,
  kind: 'host-bridge',
  pcie: false,
  identity,
  bars: [],
  spec: {},
})

const slotOf = (spec: DeviceSpec | PortSpec): { device?: number; function?: number } => ({
  ...(spec.device === undefined ? {} : { device: spec.device }),
  ...(spec.function === undefined ? {} : { function: spec.function }),
})
