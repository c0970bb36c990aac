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
import { demandFacts, demandPlatform, demandReturns, demandTopology } from './tap-contract.ts'
import type { Topology } from './topology.ts'

export interface SystemSpec {
  readonly topology: Topology
  readonly plugins: readonly Plugin[]
  /** Facts that differ from what the topology tells. */
  readonly facts?: FactsChange
  /** What the plugins were told when they were made: a schedule that is recorded belongs to it. **Shape** JSON. */
  readonly settings?: readonly unknown[]
}

/**
 * Compose a system.
 *
 * **Errors** `UsageError`: `PLUGIN_TWICE`, `PLUGIN_FAILED` (an exception in `apply`, named), `TAP_BROKEN` (what a tap gives),
 * and what taps throw.
 */
export function compose(spec: SystemSpec): System {
  const hooks = createHooks()
  const values = container.createChildContainer()
  const factories: Factory[] = []
  const scope = systemScope(values, factories)
  const seal = sealHooks(hooks)
  demandReturns(hooks)
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
  const topology = demandTopology(hooks, hooks.topology.call(spec.topology))
  const usual = defaultFacts(topology, spec.facts)
  const facts = Object.freeze(demandFacts(hooks, usual, hooks.facts.call(usual, topology)))
  values.register(TOPOLOGY.key, { useValue: topology })
  values.register(FACTS.key, { useValue: facts })

  const makers = makersOf(factories)
  const kept = new SystemValues(values)
  const drivers = { exporters: seal.namesOf(hooks.exporter), importers: seal.namesOf(hooks.importer) }
  const system: System = Object.freeze({
    topology,
    facts,
    hooks,
    plugins: Object.freeze(names),
    settings: spec.settings ?? [],
    drivers,
    machine: (name: string): Machine => machineOf(system, name, seal.namesOf(hooks.machine)),
    openRun: (services: readonly RunService[], base: (scope: Scope) => Platform) =>
      openRun({ values: kept, makers, hooks, drivers }, services, base),
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
    get: (token) => found(token, resolve(values, token)),
    find: (token) => resolve(values, token),
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

/** Values of the system as runs see them: the container is asked once for each. */
class SystemValues {
  readonly #container: DependencyContainer
  readonly #known = new Map<symbol, unknown>()

  constructor(container: DependencyContainer) {
    this.#container = container
  }

  find<T>(token: Token<T>): T | undefined {
    if (this.#known.has(token.key)) return this.#known.get(token.key) as T | undefined
    const value = resolve(this.#container, token)
    this.#known.set(token.key, value)
    return value
  }
}

/** What is the same for all runs of a system. */
interface RunParts {
  readonly values: SystemValues
  readonly makers: Makers
  readonly hooks: SystemHooks
  readonly drivers: System['drivers']
}

class RunScope implements Scope {
  readonly #parts: RunParts
  readonly #made = new Map<symbol, unknown>()

  constructor(parts: RunParts, services: readonly RunService[]) {
    this.#parts = parts
    for (const { token, value } of services) {
      // What a plugin makes stands before what the machine gives.
      if (!parts.makers.has(token.key)) this.#made.set(token.key, value)
    }
  }

  get<T>(token: Token<T>): T {
    return found(token, this.find(token))
  }

  find<T>(token: Token<T>): T | undefined {
    const { key } = token
    const known = this.#made.get(key)
    if (known !== undefined) return known as T
    const { makers, values } = this.#parts
    const make = makers.get(key) ?? (key === GROUP_OWNERS.key ? groupOwners : undefined)
    if (make === undefined) return values.find(token)
    const value = make(this)
    this.#made.set(key, value)
    return value as T
  }

  provide({ name }: Token<unknown>): void {
    throw new UsageError('SERVICE_LATE', `service ${name} is provided while a run is under way`, {
      hint: 'call scope.provide in apply',
    })
  }

  usePlatform(platform: Platform): void {
    this.#made.set(PLATFORM.key, platform)
  }
}

function openRun(parts: RunParts, services: readonly RunService[], base: (scope: Scope) => Platform): Run {
  const { hooks, drivers } = parts
  const scope = new RunScope(parts, services)
  const platform = demandPlatform(hooks, hooks.platform.call(base(scope), scope))
  scope.usePlatform(platform)
  return {
    scope,
    platform,
    exporter: once('exporter', drivers.exporters, (driver) => hooks.exporter.get(driver)?.call(scope)),
    importer: once('importer', drivers.importers, (driver) => hooks.importer.get(driver)?.call(scope)),
    has: (role, driver) => (role === 'exporter' ? drivers.exporters : drivers.importers).includes(driver),
  }
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
      // The tap is there: a typing error in the name is not what is wrong.
      const hint = known.includes(driver)
        ? `the tap on ${role}.for('${driver}') gives nothing; it has to return the driver`
        : (nearest(driver, known) ?? `known: ${known.join(', ') || 'none; add a plugin'}`)
      throw new UsageError('DRIVER_UNKNOWN', `no plugin gives an ${role} for driver ${driver}`, { hint })
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

const resolve = <T>(from: DependencyContainer, { key }: Token<T>): T | undefined =>
  from.isRegistered(key, true) ? from.resolve<T>(key) : undefined

/** **Errors** `SERVICE_MISSING`. */
function found<T>({ name }: Token<T>, value: T | undefined): T {
  if (value !== undefined) return value
  throw new UsageError('SERVICE_MISSING', `nobody provides the service ${name}`, {
    hint: 'add the plugin that does, or ask for it only during a run',
  })
}
