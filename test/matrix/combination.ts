/** One row of each axis: composed, run, and held against the rules. */
import { compose, type Generation, type System } from '@barter/core'
import { runScenario, sim } from '@barter/sim'
import type { MachineRow } from './machines.ts'
import { observe } from './observation.ts'
import type { PlatformChoice } from './platforms.ts'
import { type ExporterRow, type ImporterRow, type Make, nameOf } from './plugins.ts'
import { outcomeOf } from './rules/outcome.ts'
import { storyOf } from './story.ts'
import type { TriggerRow } from './triggers.ts'

export interface Combination {
  readonly drivers: readonly Make[]
  readonly exporter: ExporterRow
  readonly importer: ImporterRow
  readonly machine: MachineRow
  readonly platform: PlatformChoice
  readonly pageSize: number
  readonly generation: Generation
  readonly trigger: TriggerRow
}

/** Its row on each axis. */
export const axesOf = (one: Combination): Readonly<Record<string, string>> => ({
  exporter: one.exporter.driver,
  importer: nameOf(one.importer),
  machine: one.machine.row,
  ...one.platform.names,
  'page size': String(one.pageSize),
  generation: one.generation,
  trigger: one.trigger.row,
})

export const nameOfCombination = (one: Combination): string => Object.values(axesOf(one)).join(', ')

/** Where a run and the rules differ, as sentences. */
export function differences(one: Combination): readonly string[] {
  const { exporter, importer, machine, trigger } = one
  const system = systemOf(one)
  const { topology, facts } = system
  const world = { topology, facts, lender: machine.at(trigger.device), client: machine.at('importer') }
  const seen = observe(runScenario(system, storyOf(exporter, importer, trigger, machine), { seed: 1 }))
  const rules: Readonly<Record<string, string>> = { ...outcomeOf(world, exporter.kind, importer.kind, trigger) }
  return Object.entries(seen).flatMap(([what, saw]) => {
    const must = rules[what]
    return saw === must ? [] : [`${what}: ${saw || 'nothing'}, and by the rules ${must || 'nothing'}`]
  })
}

/** Systems hold nothing of a run, so those of one machine, platform and generation are shared. */
let last: { readonly key: string; readonly system: System } | undefined

function systemOf({ drivers, machine, platform, pageSize, generation }: Combination): System {
  const key = [machine.row, ...Object.values(platform.names), pageSize, generation].join(' ')
  if (last?.key === key) return last.system
  const plugins = [sim(), ...platform.rows.map(({ make }) => make()), ...drivers.map((make) => make())]
  const system = compose({ topology: machine.topology, plugins, facts: { pageSize, generation } })
  last = { key, system }
  return system
}
