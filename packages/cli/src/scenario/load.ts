/** From a scenario file to what a machine runs: everything that can be wrong is found here, before anything happens. */
import { type Bdf, type JsonSchema, nearest, type Scenario, type Step, type StepValue, type System } from '@barter/core'
import { scenarioUnreadable, shown } from '../errors.ts'
import { isCounterexample } from '../explore/counterexample-file.ts'
import { composeSystem } from '../plugins/compose-system.ts'
import { driverWords } from '../plugins/driver-words.ts'
import { usualName } from '../plugins/first-party.ts'
import type { PluginRequest } from '../plugins/load-plugin.ts'
import { bindDevices } from './bind-devices.ts'
import { checkExports } from './check-exports.ts'
import { checkRoutes } from './check-routes.ts'
import { checkSteps, type KnownStep } from './check-steps.ts'
import { type Complaint, complaintError } from './complaint.ts'
import { readSource } from './read-source.ts'
import { driversOf, pluginRequests, type ScenarioFile } from './scenario-file.ts'
import { machineOf } from './scenario-machine.ts'
import { outlineSchema } from './schema.ts'
import { checkAgainst } from './schema-check.ts'
import { WHOLE } from './schema-words.ts'
import type { ScenarioSource } from './source.ts'
import { stepWords } from './step-words.ts'
import { storyOf } from './story.ts'
import { topologySchema } from './topology-schema.ts'
import { parseExpectation, USUAL_EXPECTATIONS } from './vocabulary.ts'

export interface LoadedScenario {
  readonly scenario: Scenario
  readonly system: System
  /** The machine as the person named it. */
  readonly machine: string
}

export interface LoadOptions {
  readonly cwd: string
  /** Beside those of the file. */
  readonly plugins?: readonly PluginRequest[]
  /** Options of plugins over those of the file. */
  readonly settings?: readonly PluginRequest[]
  /** Model switches instead of those of the file. */
  readonly switches?: readonly string[]
}

const EMPTY: Complaint = {
  path: [],
  message: 'there is nothing in it',
  hint: WHOLE,
}
/** A machine written out has a large schema, and most scenarios have a capture. */
const outlineFor = (value: unknown): JsonSchema =>
  outlineSchema(typeof value === 'object' && value !== null && 'topology' in value ? topologySchema : {})

/** **Errors** `UsageError`: of the file, its machine, its plugins. */
export async function loadScenario(path: string, options: LoadOptions): Promise<LoadedScenario> {
  const source = await readSource(path, options.cwd)
  if (isCounterexample(source.value)) {
    throw scenarioUnreadable(path, 'is a counterexample', `play it with barter replay ${shown(path)}`)
  }
  refuse(source, source.value === null ? [EMPTY] : checkAgainst(outlineFor(source.value), source.value))
  const file = source.value as ScenarioFile
  refuse(source, wholeComplaints(file))
  const { topology, names, machine } = await machineOf(source, file)
  const system = await composeSystem({
    topology,
    facts: options.switches === undefined ? file.facts : { ...file.facts, switches: options.switches },
    plugins: beside(pluginRequests(file), options.plugins ?? []),
    settings: options.settings ?? [],
    drivers: driversOf(file),
    folders: [...new Set([source.folder, options.cwd])],
  })
  return { scenario: scenarioOf(source, file, system, names), system, machine }
}

function refuse(source: ScenarioSource, complaints: readonly Complaint[]): void {
  if (complaints.length > 0) throw complaintError(source, complaints)
}

/** What a schema cannot say. */
function wholeComplaints(file: ScenarioFile): Complaint[] {
  const complaints: Complaint[] = []
  if (file.machine === undefined && file.topology === undefined) {
    const hint = 'machine: the path of a capture; topology: a machine written out'
    complaints.push({ path: [], message: 'the scenario needs machine or topology', hint })
  }
  if (file.machine !== undefined && file.topology !== undefined) {
    complaints.push({
      path: ['topology'],
      atKey: true,
      message: 'there is a machine and a topology',
      hint: 'leave one of them out',
    })
  }
  for (const [i, words] of (file.expect ?? []).entries()) {
    const expectation = parseExpectation(words)
    if (expectation?.kind !== 'blocks' || Object.hasOwn(file.actors, expectation.actor)) continue
    const actors = Object.keys(file.actors)
    const hint = nearest(expectation.actor, actors) ?? `there is ${actors.join(', ')}`
    complaints.push({ path: ['expect', i], message: `nobody is called ${shown(expectation.actor)}`, hint })
  }
  return complaints
}

/** What the file lists, and after it what it does not. */
const beside = (listed: readonly PluginRequest[], more: readonly PluginRequest[]): PluginRequest[] => [
  ...listed,
  ...more.filter(({ name }) => listed.every((plugin) => usualName(plugin.name) !== usualName(name))),
]

function scenarioOf(
  source: ScenarioSource,
  file: ScenarioFile,
  system: System,
  names: ReadonlyMap<string, Bdf>,
): Scenario {
  const bound = bindDevices(file, system, names)
  const { devices } = bound
  const spoken = driverWords(system)
  const story = storyOf(file, spoken)
  const drivers = [...system.drivers.exporters, ...system.drivers.importers]
  const silent = drivers.filter((driver) => spoken.every((words) => words.driver !== driver))
  const checked = checkSteps(story, stepWords(spoken), { importers: system.drivers.importers, silent })
  refuse(source, [...bound.complaints, ...checked.complaints])
  const functionOf = (device: string) => {
    const at = devices[device]?.at
    return at === undefined ? undefined : system.topology.find(at)
  }
  refuse(source, [
    ...checkExports(story, checked.steps, functionOf, system.facts.pageSize),
    // A machine written out says all that it wants to say.
    ...(file.machine === undefined ? [] : checkRoutes(story, checked.steps, functionOf, system)),
  ])
  return {
    title: file.title,
    ...(file.about === undefined ? {} : { about: file.about }),
    devices,
    actors: Object.entries(file.actors).map(([name, entry]) => ({
      name,
      ...('process' in entry && entry.process !== undefined ? { process: entry.process } : {}),
      steps: checked.steps.filter(({ actor }) => actor === name).map((step) => stepOf(source, step)),
    })),
    expect: file.expect?.flatMap((words) => parseExpectation(words) ?? []) ?? USUAL_EXPECTATIONS,
  }
}

function stepOf(source: ScenarioSource, { entry, word, target, path }: KnownStep): Step {
  const { [word.verb]: _target, as, expect, ...rest } = entry
  const place = source.place(path)
  const { args: below, ...plain } = rest
  const hasNamesake = Object.hasOwn((word.args.properties as object | undefined) ?? {}, word.verb)
  const args = hasNamesake && isObject(below) ? { ...plain, ...below } : rest
  return {
    verb: word.verb,
    target,
    args,
    ...(typeof as === 'string' ? { as } : {}),
    ...(expect === undefined ? {} : { expect: [expect].flat() as NonNullable<Step['expect']> }),
    ...(place === undefined ? {} : { place }),
  }
}

const isObject = (value: StepValue | undefined): value is Readonly<Record<string, StepValue>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
