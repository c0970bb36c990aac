/** The door to services: typed keys, and who makes what. A value lives as long as the system, a service as long as a run. */
import type { Devices } from './device.ts'
import type { Facts } from './facts.ts'
import type { SystemHooks } from './hooks.ts'
import type { Kernel } from './kernel.ts'
import type { Bus, Platform } from './platform.ts'
import type { Topology } from './topology.ts'
import type { Trace } from './trace.ts'
import type { Witness } from './witness.ts'

declare const made: unique symbol

/** A typed key. Two installed copies of core make the same one, since `Symbol.for` is shared. */
export interface Token<T> {
  readonly key: symbol
  readonly name: string
  readonly [made]?: T
}

export function token<T>(name: string): Token<T> {
  return { key: Symbol.for(`barter:${name}`), name }
}

export interface Scope {
  /** **Errors** `UsageError` `SERVICE_MISSING`. Resolve in a factory and keep the reference; never per packet. */
  get<T>(token: Token<T>): T
  /** The same, of something that a system may lack: `undefined` when nobody provides it. */
  find<T>(token: Token<T>): T | undefined
  /** Say how a run makes a service of the plugin's own: once per run, when first asked for. Only while plugins are applied. */
  provide<T>(token: Token<T>, make: (run: Scope) => T): void
}

/** Values of the system. */
export const TOPOLOGY = token<Topology>('topology')
export const FACTS = token<Facts>('facts')
export const HOOKS = token<SystemHooks>('hooks')

/** Services of a run, made by the machine. */
export const KERNEL = token<Kernel>('kernel')
export const BUS = token<Bus>('bus')
export const PLATFORM = token<Platform>('platform')
export const DEVICES = token<Devices>('devices')
export const TRACE = token<Trace>('trace')
export const WITNESS = token<Witness>('witness')
/** A whole number in `[0, limit)`, from the run's strategy. */
export const RANDOM = token<(limit: number) => number>('random')
/** Say what to look at when a run is over and everybody is gone: counts that must be back at zero (`Witness.leftover`, INV-28). */
export const AT_END = token<(check: () => void) => void>('at-end')
