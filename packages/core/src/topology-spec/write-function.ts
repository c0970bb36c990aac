/** Planned functions, with all their addresses, as functions of a topology. */
import { busAddr, physAddr } from '../address.ts'
import type { Bdf } from '../bdf.ts'
import { bdfParts } from '../bdf.ts'
import type { Bar, PciFunction } from '../pci-function.ts'
import type { HostWindow } from '../topology.ts'
import type { PlannedBar, PlannedFunction } from './planned.ts'
import { configOf, offersFlr } from './write-config.ts'

/**
 * **Shape** `siblings`: every function of its bus, itself included; `windows`: those of its host bridge, by which bus
 * addresses become CPU addresses.
 */
export function functionOf(
  fn: PlannedFunction,
  siblings: readonly PlannedFunction[],
  windows: readonly HostWindow[],
): PciFunction {
  const { endpoint, virtual, bridge } = fn
  const driver = virtual === undefined ? endpoint?.driver : virtual.of.endpoint?.vfs?.driver
  return {
    bdf: fn.bdf,
    parent: fn.parent?.bdf ?? null,
    hostBridge: fn.hostBridge,
    kind: fn.kind,
    pcie: fn.pcie,
    vendor: fn.identity.vendor,
    device: fn.identity.device,
    classCode: fn.identity.classCode,
    config: configOf(fn, sharesDevice(fn, siblings)),
    bars: barsOf(fn).map((bar) => barAt(bar, windows)),
    resetMethods: resetMethods(fn, siblings),
    ...(bridge === undefined ? {} : { bridge: { secondary: bridge.secondary, subordinate: bridge.subordinate } }),
    ...(virtual === undefined ? {} : { physicalFunction: virtual.of.bdf }),
    ...(driver === undefined ? {} : { driver }),
    ...(endpoint?.dmaMaskBits === undefined ? {} : { dmaMaskBits: endpoint.dmaMaskBits }),
    ...(endpoint?.nonMappableBars === undefined ? {} : { nonMappableBars: endpoint.nonMappableBars }),
    ...(fn.externalFacing === undefined ? {} : { externalFacing: fn.externalFacing }),
  }
}

/** A virtual function's BARs are slices of those in its physical function's SR-IOV capability. */
function barsOf(fn: PlannedFunction): readonly PlannedBar[] {
  if (fn.virtual === undefined) return fn.bars
  const { of, index } = fn.virtual
  return (of.vfs?.bars ?? []).map((bar) => ({ ...bar, bus: bar.bus + index * bar.length }))
}

function barAt(bar: PlannedBar, windows: readonly HostWindow[]): Bar {
  const window = windows.find((one) => {
    const first = one.start + one.busOffset
    return bar.bus >= first && bar.bus < first + one.length
  })
  const offset = bar.kind === 'io' ? 0 : (window?.busOffset ?? 0)
  const { index, kind, length } = bar
  return { index, kind, start: physAddr(bar.bus - offset), bus: busAddr(bar.bus), length }
}

/** In the kernel's order. A bus reset needs a bus with nothing else on it, and a bridge above that can do it. */
function resetMethods(fn: PlannedFunction, siblings: readonly PlannedFunction[]): string[] {
  if (fn.bridge !== undefined || fn.kind === 'host-bridge') return []
  const flr = fn.pcie ? 'flr' : 'af_flr'
  const alone = fn.parent !== null && siblings.length === 1
  return [...(offersFlr(fn) ? [flr] : []), ...(fn.endpoint?.pmReset === true ? ['pm'] : []), ...(alone ? ['bus'] : [])]
}

function sharesDevice(fn: PlannedFunction, siblings: readonly PlannedFunction[]): boolean {
  const device = (bdf: Bdf): number => bdfParts(bdf).device
  return (
    fn.virtual === undefined &&
    siblings.some((one) => one !== fn && one.virtual === undefined && device(one.bdf) === device(fn.bdf))
  )
}
