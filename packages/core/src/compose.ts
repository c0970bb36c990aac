/**
 * Put a system together: plugins apply, hooks are sealed, topology and facts are shaped, machines can be asked for.
 *
 * The one file that knows the container. A value lives as long as the system, a service as long as a run.
 */
import 'reflect-metadata'
import { container, type DependencyContainer } from 'tsyringe'
import { defaultFacts, type FactsChange } from './default-facts.ts'
import { UsageError } from './errors.ts'
import type { Exporter } from './exporter.ts'
import { createHooks, type SystemHooks } from './hooks.ts'
import { GROUP_OWNERS, GroupOwners } from './group-owners.ts'
import type { Importer } from './importer.ts'
import type { Machine } from './machine.ts'
import type { Platform } from './platform.ts'
import type { Plugin } from './plugin.ts'
import { sealHooks } from './seal-hooks.ts'
import { FACTS, HOOKS, KERNEL, PLATFORM, type Scope, type Token, TOPOLOGY } from './scope.ts'
import { nearest } from './nearest.ts'
import type { Run, RunService, System } from './system.ts'
import type { Topology } from './topology.ts'

export interface SystemSpec {
  readonly topology: Topology
  readonly plugins: readonly Plugin[]
  /** Facts that differ from what the topology tells. */
  readonly facts?: FactsChange
}

/**
 * Compose a system.
 *
 * **Errors** `UsageError`: `PLUGIN_TWICE`, `PLUGIN_FAILED` (an exception in `apply`, named), and what taps throw.
 */
export function compose(spec: SystemSpec): System {
  const hooks = createHooks()
  const values = container.createChildContainer()
  const factories: Factory[] = []
  const scope = systemScope(values, factories)
  const seal = sealHooks(hooks)
  values.register(HOOKS.key, { useValue: hooks })

  const names: string[] = []
  for (const plugin of spec.plugins) {
    if (names.includes(plugin.name)) {
      throw new UsageError('PLUGIN_TWICE', `plugin ${plugin.name} is there twice`, {
        hint: 'leave one of them out',
        plugin: plugin.name,
      })
    }
    names.push(plugin.name)
    applyPlugin(plugin, hooks, scope)
  }
  const topology = hooks.topology.call(spec.topology)
  const facts = Object.freeze(hooks.facts.call(defaultFacts(topology, spec.facts), topology))
  values.register(TOPOLOGY.key, { useValue: topology })
  values.register(FACTS.key, { useValue: facts })

  const makers = makersOf(factories)
  const kept = new Map<symbol, unknown>()
  const drivers = { exporters: seal.namesOf(hooks.exporter), importers: seal.namesOf(hooks.importer) }
  const system: System = Object.freeze({
    topology,
    facts,
    hooks,
    plugins: Object.freeze(names),
    drivers,
    machine: (name: string): Machine => machineOf(system, name, seal.namesOf(hooks.machine)),
    openRun: (services: readonly RunService[], base: (scope: Scope) => Platform) =>
      openRun((token) => remembered(kept, token, () => resolve(values, token)), makers, hooks, drivers, services, base),
    close: async () => {
      await hooks.shutdown.promise()
    },
  })
  hooks.composed.call(system)
  seal.close()
  return system
}

interface Factory {
  readonly token: Token<unknown>
  readonly make: (run: Scope) => unknown
}

function applyPlugin(plugin: Plugin, hooks: SystemHooks, scope: Scope): void {
  try {
    plugin.apply({ hooks, scope })
  } catch (cause) {
    if (cause instanceof UsageError) throw cause
    throw new UsageError('PLUGIN_FAILED', `plugin ${plugin.name} failed to apply: ${String(cause)}`, {
      hint: 'this is a fault in the plugin; run with --debug for where',
      plugin: plugin.name,
      cause,
    })
  }
}

function systemScope(values: DependencyContainer, factories: Factory[]): Scope {
  return {
    get: (token) => resolve(values, token),
    provide: (token, make) => {
      factories.push({ token, make })
    },
  }
}

/** How the services of a run are made: known once the plugins have applied, so that a run resolves nothing. */
type Makers = ReadonlyMap<symbol, (run: Scope) => unknown>

/** Of two plugins that give one service the later wins. */
const makersOf = (factories: readonly Factory[]): Makers =>
  new Map(factories.map(({ token, make }) => [token.key, make] as const))

/** Made by core itself unless somebody else does. */
const groupOwners = (run: Scope): GroupOwners => new GroupOwners(run.get(KERNEL), run.get(TOPOLOGY), run.get(FACTS))

function openRun(
  valueOf: Scope['get'],
  makers: Makers,
  hooks: SystemHooks,
  drivers: System['drivers'],
  services: readonly RunService[],
  base: (scope: Scope) => Platform,
): Run {
  const made = new Map<symbol, unknown>()
  for (const { token, value } of services) {
    // What a plugin makes stands before what the machine gives.
    if (!makers.has(token.key)) made.set(token.key, value)
  }
  const scope: Scope = {
    get: <T>(token: Token<T>): T =>
      remembered(made, token, () => {
        const make = makers.get(token.key) ?? (token.key === GROUP_OWNERS.key ? groupOwners : undefined)
        return make === undefined ? valueOf(token) : (make(scope) as T)
      }),
    provide: (token) => {
      throw new UsageError('SERVICE_LATE', `service ${token.name} is provided while a run is under way`, {
        hint: 'call scope.provide in apply',
      })
    },
  }
  const platform = hooks.platform.call(base(scope), scope)
  made.set(PLATFORM.key, platform)
  return {
    scope,
    platform,
    exporter: once('exporter', drivers.exporters, (driver) => hooks.exporter.get(driver)?.call(scope)),
    importer: once('importer', drivers.importers, (driver) => hooks.importer.get(driver)?.call(scope)),
    has: (role, driver) => (role === 'exporter' ? drivers.exporters : drivers.importers).includes(driver),
  }
}

function remembered<T>(known: Map<symbol, unknown>, { key }: Token<T>, make: () => T): T {
  const found = known.get(key)
  if (found !== undefined || known.has(key)) return found as T
  const value = make()
  known.set(key, value)
  return value
}

/** Ask a hook once per driver and run; drivers keep state for the length of a run. */
function once<T extends Exporter | Importer>(
  role: string,
  known: readonly string[],
  ask: (driver: string) => T | undefined,
): (driver: string) => T {
  const made = new Map<string, T>()
  return (driver) => {
    const found = made.get(driver) ?? ask(driver)
    if (found === undefined) {
      throw new UsageError('DRIVER_UNKNOWN', `no plugin gives an ${role} for driver ${driver}`, {
        hint: nearest(driver, known) ?? `known: ${known.join(', ') || 'none; add a plugin'}`,
      })
    }
    made.set(driver, found)
    return found
  }
}

function machineOf(system: System, name: string, known: readonly string[]): Machine {
  const machine = system.hooks.machine.get(name)?.call(system)
  if (machine === undefined) {
    throw new UsageError('MACHINE_UNKNOWN', `no plugin gives a machine called ${name}`, {
      hint: nearest(name, known) ?? `known: ${known.join(', ') || 'none; add sim()'}`,
    })
  }
  return machine
}

function resolve<T>(from: DependencyContainer, token: Token<T>): T {
  if (!from.isRegistered(token.key, true)) {
    throw new UsageError('SERVICE_MISSING', `nobody provides the service ${token.name}`, {
      hint: 'add the plugin that does, or ask for it only during a run',
    })
  }
  return from.resolve<T>(token.key)
}
