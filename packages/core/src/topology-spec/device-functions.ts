/** What one written device brings: its functions in order, and what is below its first one. */
import type { FunctionKind } from '../pci-function.ts'
import { plannedBars } from './bars.ts'
import { bridgeIdentity, endpointIdentity } from './identity.ts'
import { plannedMsix } from './msix.ts'
import type { PlannedFunction, PlannedVfs } from './planned.ts'
import { sizeAt, specError, wholeAt } from './spec-error.ts'
import type { DeviceSpec, EndpointSpec, FunctionSpec, PortSpec } from './spec.ts'
import { virtualDevice } from './virtual-functions.ts'

/** `link`: below a root port or a switch's downstream port. `ports`: inside a switch. */
export type BusKind = 'root' | 'link' | 'ports' | 'conventional'

export interface FunctionToPlan extends Pick<
  PlannedFunction,
  'where' | 'kind' | 'pcie' | 'identity' | 'bars' | 'externalFacing' | 'endpoint' | 'msix' | 'vfs'
> {
  readonly name?: string
  readonly spec: FunctionSpec
  readonly below?: {
    readonly where: string
    readonly kind: BusKind
    readonly devices: readonly (DeviceSpec | PortSpec)[]
  }
}

/** **Errors** `UsageError` `TOPOLOGY_SPEC`: the device cannot sit on such a bus. */
export function functionsOf(where: string, spec: DeviceSpec | PortSpec, on: BusKind): FunctionToPlan[] {
  if ('endpoint' in spec) return [endpoint(where, spec, on), ...more(where, spec.functions, on)]
  if ('switch' in spec) {
    if (on !== 'link') throw misplaced(where, 'a switch', 'below a root port or a port of another switch')
    const below = { where: `${where}.ports`, kind: 'ports', devices: spec.ports } as const
    const port = bridge(`${where}.upstream`, spec.upstream ?? {}, 'upstream-port', below)
    return [{ ...port, name: spec.switch }, ...more(where, spec.functions, on)]
  }
  const below = { where: `${where}.below`, devices: spec.below ?? [] }
  if ('rootPort' in spec) {
    if (on !== 'root') throw misplaced(where, 'a root port', 'in the devices of a host bridge')
    const port = bridge(where, spec, 'root-port', { ...below, kind: 'link' })
    const facing = spec.externalFacing === undefined ? {} : { externalFacing: spec.externalFacing }
    return [{ ...port, name: spec.rootPort, ...facing }]
  }
  if ('pciBridge' in spec) {
    const made = bridge(where, spec, 'pci-bridge', { ...below, kind: 'conventional' }, on === 'link')
    return [{ ...made, name: spec.pciBridge }]
  }
  if (on !== 'ports') {
    const hint = 'begin it with rootPort, switch, endpoint or pciBridge and a name'
    throw specError(where, 'it does not say what the device is', hint)
  }
  const port = bridge(where, spec, 'downstream-port', { ...below, kind: 'link' })
  return [spec.port === undefined ? port : { ...port, name: spec.port }]
}

function bridge(
  where: string,
  spec: FunctionSpec,
  kind: Exclude<FunctionKind, 'endpoint' | 'rciep'>,
  below: NonNullable<FunctionToPlan['below']>,
  pcie = kind !== 'pci-bridge',
): FunctionToPlan {
  return { where, kind, pcie, identity: bridgeIdentity(where, kind, spec.id), bars: [], spec, below }
}

function endpoint(where: string, spec: EndpointSpec, on: BusKind): FunctionToPlan {
  if (on === 'ports') throw misplaced(where, 'an endpoint', 'below a port of the switch, or in functions of the switch')
  const pcie = spec.pcie ?? on !== 'conventional'
  if (pcie && on === 'conventional') throw misplaced(where, 'a PCI Express endpoint', 'on a link or a root bus')
  if (!pcie && on === 'link') throw misplaced(where, 'a conventional endpoint', 'below a pciBridge or on a root bus')
  const bars = plannedBars(`${where}.bars`, spec.bars)
  const planned = {
    where,
    name: spec.endpoint,
    kind: pcie && on === 'root' ? ('rciep' as const) : ('endpoint' as const),
    pcie,
    identity: endpointIdentity(where, spec),
    bars,
    spec,
    endpoint: spec,
    ...(spec.msix === undefined ? {} : { msix: plannedMsix(`${where}.msix`, spec.msix, bars) }),
  }
  return spec.vfs === undefined ? planned : { ...planned, vfs: vfs(planned) }
}

function vfs({
  where,
  pcie,
  endpoint: { vfs: spec },
  identity,
}: FunctionToPlan & { endpoint: EndpointSpec }): PlannedVfs {
  if (!pcie) throw specError(`${where}.vfs`, 'a conventional endpoint has no virtual functions', 'leave vfs out')
  const count = wholeAt(`${where}.vfs.count`, spec?.count ?? 0, 1, 255)
  const written = spec?.deviceId
  const device =
    written === undefined
      ? virtualDevice(identity.device)
      : wholeAt(`${where}.vfs.deviceId`, sizeAt(`${where}.vfs.deviceId`, written), 0, 0xfffe)
  return { count, device, bars: plannedBars(`${where}.vfs.bars`, spec?.bars, count), offset: 0 }
}

function more(where: string, specs: readonly EndpointSpec[] | undefined, on: BusKind): FunctionToPlan[] {
  return (specs ?? []).map((spec, i): FunctionToPlan => {
    const at = `${where}.functions[${i}]`
    if (spec.functions !== undefined || spec.device !== undefined || spec.function !== undefined) {
      throw specError(
        at,
        'it names a device, a function or functions of its own',
        'functions are numbered in their order',
      )
    }
    return endpoint(at, spec, on)
  })
}

const misplaced = (where: string, what: string, place: string) =>
  specError(where, `${what} cannot sit here`, `put it ${place}`)
