/** Providers: the naked handle of each MMIO BAR, and the kernel's cache of map types (P2P-1 … P2P-9, P2P-17, P2P-28). */
import { type BusAddr, busAddr, type PhysAddr } from './address.ts'
import type { Device } from './device.ts'
import { failPoint } from './fault.ts'
import type { SystemHooks } from './hooks.ts'
import { MapTypeCache, type TypeCache } from './map-type-cache.ts'
import type { Trace } from './trace.ts'

export interface P2pProvider {
  readonly owner: Device
  readonly bar: number
  /** Bus address = CPU address + busOffset. Signed; equals the kernel's u64 wrap-around. Sampled at init only (P2P-5). */
  readonly busOffset: number
}

/** P2P state of one function, from its driver's probe to its detach. */
export interface P2pState {
  /** By BAR index; `null` where there is no memory BAR. */
  readonly providers: readonly (P2pProvider | null)[]
  /** Never invalidated while the state lives (P2P-28). */
  readonly cache: TypeCache
}

/**
 * Make the P2P state of a device; does nothing when it is there (P2P-3). Gives false (EOPNOTSUPP) for non-mappable BARs.
 *
 * **Shape** `hooks`: the memory for it may be made to run out; whoever probes fails then (P2P-9). **Errors** ENOMEM.
 */
export function initP2p(device: Device, hooks?: SystemHooks): boolean {
  if (device.fn.nonMappableBars === true) return false
  if (device.p2p !== undefined) return true
  if (hooks !== undefined) failPoint(hooks, 'p2p:init', device, 'ENOMEM', 'P2P-3')
  const providers: (P2pProvider | null)[] = [null, null, null, null, null, null]
  for (const bar of device.fn.bars) {
    if (bar.kind === 'io') continue
    providers[bar.index] = { owner: device, bar: bar.index, busOffset: bar.bus - bar.start }
  }
  device.p2p = { providers, cache: new MapTypeCache() }
  return true
}

/** Destroy it after the driver's remove returned: every provider pointer dangles from here on (P2P-7). */
export function destroyP2p(device: Device): void {
  device.p2p = undefined
}

/**
 * The provider of a BAR, or `null` where there is none. To ask before the state is made, or after it is gone, is a fault of
 * the caller, and the kernel warns of it (P2P-6).
 */
export function p2pProvider(device: Device, bar: number, trace?: Trace): P2pProvider | null {
  const { fn, p2p } = device
  if (p2p !== undefined) return p2p.providers[bar] ?? null
  if (fn.nonMappableBars === true || !fn.bars.some((one) => one.index === bar && one.kind !== 'io')) return null
  trace?.emit({
    kind: 'log',
    message: `WARNING: ${device.name} is asked for the provider of BAR ${bar}, and has no P2P state`,
    rule: 'P2P-6',
    code: 'no-p2p-state',
    about: { device: device.name },
  })
  return null
}

/** Address of a byte of the BAR as a peer below the same switch puts it on the wire (P2P-4, P2P-14). */
export function busAddressOf(provider: P2pProvider, at: PhysAddr): BusAddr {
  return busAddr(at + provider.busOffset)
}
