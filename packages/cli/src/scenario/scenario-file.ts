/** A scenario file after its outline was checked: the shape is right, names and steps are not looked at yet. */
import type { FactsChange, StepValue, TopologySpec } from '@barter/core'
import type { PluginRequest } from '../plugins/load-plugin.ts'

export interface ScenarioFile {
  readonly title: string
  readonly about?: string
  /** Rules that it shows to a reader. */
  readonly shows?: readonly string[]
  /** Files of one machine. */
  readonly machine?: string | readonly string[]
  readonly topology?: TopologySpec
  readonly facts?: FactsChange
  readonly plugins?: readonly (string | Readonly<Record<string, Readonly<Record<string, unknown>> | null>>)[]
  readonly devices: Readonly<Record<string, DeviceEntry>>
  readonly actors: Readonly<Record<string, ActorEntry>>
  readonly expect?: readonly string[]
}

interface DeviceEntry {
  readonly at: string
  readonly driver?: string
}

export type StepEntry = Readonly<Record<string, StepValue>>
export type ActorEntry = readonly StepEntry[] | { readonly process?: string; readonly steps: readonly StepEntry[] }

export function pluginRequests(file: ScenarioFile): PluginRequest[] {
  return (file.plugins ?? []).map((entry) => {
    if (typeof entry === 'string') return { name: entry, options: {} }
    const [[name, options] = ['', null]] = Object.entries(entry)
    return { name, options: options ?? {} }
  })
}

/** **Shape** with the path of the list, for complaints. */
export function stepsOf(entry: ActorEntry): {
  readonly steps: readonly StepEntry[]
  readonly below: readonly string[]
} {
  return 'steps' in entry ? { steps: entry.steps, below: ['steps'] } : { steps: entry, below: [] }
}

/** Every driver that the scenario names: of its devices, of imports that act on behalf of one; and every path it opens. */
export function driversOf(file: ScenarioFile): string[] {
  const bound = Object.values(file.devices).map(({ driver }) => driver)
  const acting = Object.values(file.actors).flatMap((entry) =>
    stepsOf(entry).steps.map((step) => (step.on === undefined ? undefined : step.driver)),
  )
  const opened = Object.values(file.actors).flatMap((entry) =>
    stepsOf(entry).steps.flatMap(({ open }) => (typeof open === 'string' && open.startsWith('/') ? [open] : [])),
  )
  return [...bound, ...acting, ...opened].filter((driver): driver is string => typeof driver === 'string')
}
