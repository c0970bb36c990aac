/** A composed system: frozen facts, sealed hooks, machines to run scenarios on. */
import type { Exporter } from './exporter.ts'
import type { Facts } from './facts.ts'
import type { SystemHooks } from './hooks.ts'
import type { Importer } from './importer.ts'
import type { Machine } from './machine.ts'
import type { Platform } from './platform.ts'
import type { Scope, Token } from './scope.ts'
import type { Topology } from './topology.ts'

export interface System {
  readonly topology: Topology
  readonly facts: Facts
  readonly hooks: SystemHooks
  /** Names of the plugins, in order. */
  readonly plugins: readonly string[]
  /** What they were told, where whoever composed the system said so. **Shape** JSON. */
  readonly settings: readonly unknown[]
  /** Driver names that plugins registered. */
  readonly drivers: { readonly exporters: readonly string[]; readonly importers: readonly string[] }
  /** **Errors** `UsageError` `MACHINE_UNKNOWN`. */
  machine(name: string): Machine
  /** Begin a run: the machine gives its services, plugins' factories make theirs on demand. */
  openRun(services: readonly RunService[], basePlatform: (scope: Scope) => Platform): Run
  close(): Promise<void>
}

/** A service that a machine gives to a run: `service(KERNEL, kernel)`. */
export interface RunService {
  readonly token: Token<unknown>
  readonly value: unknown
}

export function service<T>(token: Token<T>, value: T): RunService {
  return { token, value }
}

export interface Run {
  readonly scope: Scope
  readonly platform: Platform
  /** **Errors** `UsageError` `DRIVER_UNKNOWN`. The same object each time within a run. */
  exporter(driver: string): Exporter
  importer(driver: string): Importer
  has(role: 'exporter' | 'importer', driver: string): boolean
}
