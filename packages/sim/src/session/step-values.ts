/** Arguments of a step as its schema wants them: text of sizes, times and u64 values becomes what it stands for. */
import { type JsonSchema, parseSize, type StepValue, U64_SPAN, UsageError } from '@barter/core'

export type StepArgs = Readonly<Record<string, StepValue>>

/** What is wrong with a value, and where in the arguments. */
export interface ValueFault {
  readonly path: string
  readonly message: string
}

/**
 * Read `args` by a JSON Schema of an object: keys, required keys, types, choices, bounds, defaults, and the formats of
 * step-field.ts. A loader checks more; this is what keeps a mistyped step out of a run.
 *
 * **Errors** calls `fail` with the first fault, which must throw.
 */
export function readArgs(schema: JsonSchema, args: StepArgs, fail: (fault: ValueFault) => never): StepArgs {
  return readValue(schema, args, '', fail) as StepArgs
}

function readValue(schema: JsonSchema, value: StepValue, path: string, fail: (fault: ValueFault) => never): StepValue {
  const formatted = typeof schema.format === 'string' ? FORMATS[schema.format] : undefined
  if (formatted !== undefined) {
    const read = formatted(value)
    return read === undefined ? fail({ path, message: `${show(value)} is not ${wantedText(schema)}` }) : read
  }
  const types = schema.type === undefined ? [] : [schema.type].flat()
  if (types.length > 0 && !types.some((type) => hasType(value, type))) {
    return fail({ path, message: `${show(value)} is not ${wantedText(schema)}` })
  }
  const choices = schema.enum as readonly StepValue[] | undefined
  if (choices !== undefined && !choices.includes(value)) {
    return fail({ path, message: `${show(value)} is not one of ${choices.map(show).join(', ')}` })
  }
  if (typeof value === 'number') checkBounds(schema, value, path, fail)
  if (Array.isArray(value)) return readItems(schema, value as readonly StepValue[], path, fail)
  return isObject(value) ? readObject(schema, value, path, fail) : value
}

function readItems(
  schema: JsonSchema,
  items: readonly StepValue[],
  path: string,
  fail: (fault: ValueFault) => never,
): StepValue {
  const itemSchema = (schema.items as JsonSchema | undefined) ?? {}
  return items.map((item, i) => readValue(itemSchema, item, `${path}[${i}]`, fail))
}

function readObject(schema: JsonSchema, value: StepArgs, path: string, fail: (fault: ValueFault) => never): StepValue {
  const properties = (schema.properties as Readonly<Record<string, JsonSchema>> | undefined) ?? {}
  const below = (key: string): string => (path === '' ? key : `${path}.${key}`)
  for (const key of (schema.required as readonly string[] | undefined) ?? []) {
    if (value[key] === undefined) fail({ path: below(key), message: 'is missing' })
  }
  const read: Record<string, StepValue> = {}
  for (const [key, property] of Object.entries(properties)) {
    const given = value[key]
    if (given !== undefined) read[key] = readValue(property, given, below(key), fail)
    else if (property.default !== undefined) read[key] = property.default as StepValue
  }
  for (const [key, given] of Object.entries(value)) {
    if (Object.hasOwn(properties, key)) continue
    if (schema.additionalProperties === false) {
      fail({
        path: below(key),
        message: `is not known here; known: ${Object.keys(properties).join(', ') || 'nothing'}`,
      })
    }
    read[key] = given
  }
  return read
}

function checkBounds(schema: JsonSchema, value: number, path: string, fail: (fault: ValueFault) => never): void {
  const { minimum, maximum } = schema
  if (typeof minimum === 'number' && value < minimum) fail({ path, message: `${value} is below ${minimum}` })
  if (typeof maximum === 'number' && value > maximum) fail({ path, message: `${value} is above ${maximum}` })
}

/** By the words of step-field.ts. `undefined`: the value is none. */
const FORMATS: Readonly<Record<string, ((value: StepValue) => StepValue | undefined) | undefined>> = {
  size: (value) => (typeof value === 'number' || typeof value === 'string' ? sizeOf(value) : undefined),
  u64: u64Of,
  ticks: ticksOf,
}

function sizeOf(value: number | string): number | undefined {
  try {
    return parseSize(value)
  } catch (error) {
    if (error instanceof UsageError) return undefined
    throw error
  }
}

/** **Shape** a `bigint` in `[0, 2^64)`. */
function u64Of(value: StepValue): bigint | undefined {
  const read = wholeOf(value)
  return read === undefined || read < 0n || read >= U64_SPAN ? undefined : read
}

function wholeOf(value: StepValue): bigint | undefined {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined
  if (typeof value !== 'string') return undefined
  const digits = value.trim().replaceAll('_', '')
  if (/^(0x[0-9a-f]+|\d+)$/i.test(digits)) return BigInt(digits)
  const size = sizeOf(value)
  return size === undefined ? undefined : BigInt(size)
}

const TICKS: Readonly<Record<string, number>> = { '': 1, us: 1, ms: 1000, s: 1_000_000 }

/** **Units** one tick is a microsecond. */
function ticksOf(value: StepValue): number | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(String(value).trim()) ?? []
  const factor = TICKS[unit]
  if (digits === undefined || factor === undefined) return undefined
  const ticks = Number(digits) * factor
  return Number.isSafeInteger(ticks) ? ticks : undefined
}

function hasType(value: StepValue, type: unknown): boolean {
  switch (type) {
    case 'integer':
      return Number.isSafeInteger(value)
    case 'number':
    case 'string':
    case 'boolean':
      return typeof value === type
    case 'null':
      return value === null
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isObject(value)
    default:
      return true
  }
}

const isObject = (value: StepValue): value is StepArgs =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const wantedText = ({ description, type }: JsonSchema): string =>
  typeof description === 'string' ? `right for: ${description}` : `of type ${[type].flat().join(' or ')}`

const show = (value: StepValue): string =>
  typeof value === 'bigint' ? String(value) : typeof value === 'string' ? value : JSON.stringify(value)
