/** Every step that a scenario may have: the common verbs, and the words of its drivers. */
import { BUFFER_CONTROLS, type HandleKind, type JsonSchema, type TargetKind, VERBS, type VerbSpec } from '@barter/core'
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
  const { summary, actsOn, target, args, makes, importerOptions } = spec
  // Which options there are depends on the driver; one whose words are not known may take any.
  const own = importerOptions === true ? { ...args, additionalProperties: true } : args
  return { verb, summary, actsOn, target, args: own, ...(makes === undefined ? {} : { makes }) }
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

/** `import` on a device of this driver. */
function importWords({ driver, importOptions }: DriverWords): StepWord[] {
  if (importOptions === undefined) return []
  return Object.entries(VERBS)
    .filter(([, spec]: readonly [string, VerbSpec]) => spec.importerOptions === true)
    .map(([verb, spec]) => ({ ...commonWord(verb, spec), args: merged(spec.args, importOptions), driver }))
}

/** Words as a closed set, for a schema that knows every driver: no step is left that takes any key. */
export function closedWords(words: readonly StepWord[]): StepWord[] {
  const shaped = new Set(
    words.filter(({ driver, makes }) => driver !== undefined && makes === 'import').map(({ verb }) => verb),
  )
  return words.filter(({ verb, driver }) => driver !== undefined || !shaped.has(verb))
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
