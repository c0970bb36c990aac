/** Every step that a scenario may have: the common verbs, and the words of its drivers. */
import {
  BUFFER_CONTROLS,
  type HandleKind,
  type JsonSchema,
  type TargetKind,
  VERBS,
  verbSpec,
  type VerbSpec,
} from '@barter/core'
import type { DriverWords } from '../plugins/driver-words.ts'

export interface StepWord {
  readonly verb: string
  readonly summary: string
  readonly actsOn: readonly TargetKind[]
  /** What the verb's key holds. */
  readonly target: JsonSchema
  /** The other keys, as the schema of an object. */
  readonly args: JsonSchema
  /** What can be named with `as`. */
  readonly makes?: HandleKind
  /** The driver whose word it is. Common verbs have none, but for `import`, which each importer shapes. */
  readonly driver?: string
  /** The type of object whose word it is. */
  readonly type?: string
}

export function stepWords(drivers: readonly DriverWords[]): StepWord[] {
  const common = Object.entries(VERBS).map(([verb, spec]: readonly [string, VerbSpec]) => commonWord(verb, spec))
  return [
    ...common,
    ...bufferWords(),
    ...drivers.flatMap((driver) => [...importWords(driver), ...controlWords(driver), ...objectWords(driver)]),
  ]
}

function commonWord(verb: string, spec: VerbSpec): StepWord {
  const { summary, actsOn, target, args, makes } = spec
  return { verb, summary, actsOn, target, args, ...(makes === undefined ? {} : { makes }) }
}

/** What every dma-buf understands, whoever lent it. */
const bufferWords = (): StepWord[] =>
  Object.entries(BUFFER_CONTROLS).map(([verb, { summary, args }]) => ({
    verb,
    summary,
    actsOn: ['buffer'],
    target: { type: 'string', minLength: 1, description: 'a buffer' },
    args,
  }))

/** `import` on a device of this driver; one that names no options takes none, and the common word says so. */
function importWords({ driver, importOptions }: DriverWords): StepWord[] {
  if (importOptions === undefined) return []
  return Object.entries(VERBS)
    .filter(([, spec]: readonly [string, VerbSpec]) => spec.importerOptions === true)
    .map(([verb, spec]) => ({ ...commonWord(verb, spec), args: merged(spec.args, importOptions), driver }))
}

/** The word where the driver is one that did not say which options it takes: any, the run holds them to its own. */
export function withAnyOptions(word: StepWord): StepWord {
  const spec: VerbSpec | undefined = verbSpec(word.verb)
  if (spec?.importerOptions !== true) return word
  return { ...word, args: { ...word.args, additionalProperties: true } }
}

function controlWords({ driver, role, controls }: DriverWords): StepWord[] {
  const actsOn: TargetKind = role === 'exporter' ? 'file' : 'import'
  const target = { type: 'string', minLength: 1, description: role === 'exporter' ? 'an open device' : 'an import' }
  return Object.entries(controls).map(([verb, { summary, args }]) => ({
    verb,
    summary: `${summary} (${driver})`,
    actsOn: [actsOn],
    target,
    args,
    driver,
  }))
}

/** What the things understand that are made of a driver's character device. */
function objectWords({ driver, node }: DriverWords): StepWord[] {
  return Object.entries(node?.types ?? {}).flatMap(([type, { noun, controls }]) =>
    Object.entries(controls).map(([verb, { summary, args, makes }]): StepWord => ({
      verb,
      summary,
      actsOn: ['object'],
      target: { type: 'string', minLength: 1, description: noun },
      args,
      driver,
      type,
      ...(makes === undefined ? {} : { makes: 'object' }),
    })),
  )
}

function merged(args: JsonSchema, options: JsonSchema): JsonSchema {
  return {
    ...options,
    ...args,
    properties: { ...(options.properties as JsonSchema | undefined), ...(args.properties as JsonSchema) },
    required: [...new Set([...listOf(options.required), ...listOf(args.required)])],
    additionalProperties: options.additionalProperties ?? false,
  }
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
