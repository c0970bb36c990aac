/** What is asked of single steps before a run. */
import { type JsonSchema, type Step, type Verb, VERBS, type VerbSpec, WAIT_WORDS } from '@barter/core'
import { type StepSite, stepInvalid } from '../errors.ts'
import type { PlannedDevice, PlannedTarget } from './plan.ts'
import type { StepArgs } from './step-values.ts'

export const NOUNS: Readonly<Record<string, string>> = {
  file: 'an open device file',
  buffer: 'a buffer',
  import: 'an import',
  mapping: 'a mapping',
  object: 'an object',
  memory: 'memory',
  memfd: 'a memfd',
}

/** The verb's own arguments; for `import` also the options of the importing driver. */
export function argsSchema(verb: Verb, on: PlannedDevice | undefined): JsonSchema {
  const { args }: VerbSpec = VERBS[verb]
  const options = on?.importer?.options
  if (options === undefined) return args
  return {
    ...args,
    properties: { ...(args.properties as object), ...(options.properties as object | undefined) },
    required: [...listOf(args.required), ...listOf(options.required)],
  }
}

const listOf = (names: unknown): readonly string[] => (names as readonly string[] | undefined) ?? []

/** The arguments as given, with what a verb takes from its target. **Errors** `STEP_INVALID`. */
export function givenArgs(verb: Verb, step: Step, site: StepSite): StepArgs {
  if (verb === 'sleep' && step.args.ticks === undefined) return { ...step.args, ticks: step.target }
  if (verb === 'write' && step.args.length === undefined && step.args.data === undefined) {
    throw stepInvalid(site, 'it is not said how much is written', 'give length or data')
  }
  return step.args
}

/** **Errors** `STEP_INVALID` for a word that is never true of the target. */
export function checkWait(target: PlannedTarget, args: StepArgs, site: StepSite): void {
  if (target.kind !== 'handle') return
  const { kind } = target.handle
  const words: readonly unknown[] = kind === 'buffer' || kind === 'import' ? WAIT_WORDS[kind] : []
  if (words.includes(args.until)) return
  throw stepInvalid(site, `${NOUNS[kind] ?? kind} is never ${textOf(args.until)}`, `wait for: ${words.join(', ')}`)
}

const textOf = (value: StepArgs[string] | undefined): string => (typeof value === 'string' ? value : '')

const ROLES = {
  exporter: { lacks: 'lends no BARs', hint: 'bind a driver that lends BARs, such as vfio-pci' },
  importer: { lacks: 'uses no lent BARs', hint: 'bind a driver that imports, such as mlx5' },
} as const

/** **Errors** `STEP_INVALID` when the driver that the scenario binds does not play this role. */
export function needDriver(role: 'exporter' | 'importer', device: PlannedDevice, site: StepSite): void {
  if (device[role] !== undefined) return
  const bound =
    device.driver === undefined ? 'has no driver' : `is bound to ${device.driver}, which ${ROLES[role].lacks}`
  throw stepInvalid(site, `${device.name} ${bound}`, ROLES[role].hint)
}
