/** Chooses the plugins of a run: those a scenario lists, and ours by need. */
import { compose, type FactsChange, type System, type Topology } from '@barter/core'
import { firstPartyFor, usualName } from './first-party.ts'
import { loadListed } from './load-listed.ts'
import { loadPlugin, type PluginRequest } from './load-plugin.ts'

export interface SystemRequest {
  readonly topology: Topology
  readonly facts: FactsChange | undefined
  /** Listed, in order. */
  readonly plugins: readonly PluginRequest[]
  /** Options over those of the plugins. */
  readonly settings?: readonly PluginRequest[]
  /** Every driver that a device is bound to. */
  readonly drivers: readonly string[]
  /** Where packages are looked for. */
  readonly folders: readonly string[]
}

/**
 * What is listed comes last and in its order, so that it can wrap what is there by need: the simulator, the IOMMU the
 * machine was seen with, and the plugin of ours for each driver that no listed one gives.
 * **Errors** `UsageError` of the plugins, of composition.
 */
export async function composeSystem(request: SystemRequest): Promise<System> {
  const { topology, facts, folders } = request
  const loaded = await loadListed(request.plugins, request.settings ?? [], folders)
  const listed = loaded.map(({ plugin }) => plugin)
  const names = loaded.map((one) => one.listed)
  const given = listed.length === 0 ? [] : driversOf(compose({ topology, plugins: listed, ...factsOf(facts) }))
  const needed = needs(request, names, given)
  const byNeed = await Promise.all(needed.map((name) => loadPlugin({ name, options: {} }, folders)))
  const settings = settingsOf(request)
  return compose({ topology, plugins: [...byNeed, ...listed], settings, ...factsOf(facts) })
}

/** Options of each plugin that has any. */
const settingsOf = ({ plugins, settings = [] }: SystemRequest): readonly unknown[] =>
  [...plugins, ...settings].flatMap(({ name, options }) =>
    Object.keys(options).length === 0 ? [] : [{ name: usualName(name), options }],
  )

const factsOf = (facts: FactsChange | undefined): { facts?: FactsChange } => (facts === undefined ? {} : { facts })

const driversOf = ({ drivers }: System): readonly string[] => [...drivers.exporters, ...drivers.importers]

function needs(request: SystemRequest, listed: readonly string[], given: readonly string[]): string[] {
  const mode = request.facts?.iommu?.mode ?? request.topology.iommu?.mode ?? 'none'
  const wanted = [
    'sim',
    ...(mode === 'none' ? [] : ['platform-iommu']),
    ...request.drivers.filter((driver) => !given.includes(driver)).map(firstPartyFor),
  ]
  return [...new Set(wanted)].filter((name): name is string => name !== undefined && !listed.includes(name))
}
