/** What a validator says of a value, in words that a person knows what to do with. */
import { nearest } from '@barter/core'
import type { ErrorObject } from 'ajv/dist/2020.js'
import { shown } from '../errors.ts'
import type { Complaint } from './complaint.ts'
import { QUANTITIES } from './quantity.ts'
import type { DataPath } from './source.ts'

/** What all of a file has to be. */
export const WHOLE = 'it needs title, devices and actors, and a machine'

/** **Shape** `base`: the place of the value that was validated. */
export function complaintsOf(error: ErrorObject, base: DataPath): Complaint[] {
  const path = [...base, ...pointerPath(error.instancePath)]
  const params = error.params as Record<string, unknown>
  const data: unknown = error.data
  const wanted = descriptionOf(error)
  switch (error.keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const key = String(params.additionalProperty ?? params.unevaluatedProperty)
      return [{ path: [...path, key], atKey: true, message: `unknown key ${shown(key)}`, hint: keyHint(key, error) }]
    }
    case 'required':
      return [missing(path, String(params.missingProperty), error)]
    case 'enum':
      return [
        {
          path,
          message: `${say(data)} is not one of ${listOf(params.allowedValues)}`,
          hint: enumHint(data, params.allowedValues),
        },
      ]
    case 'const':
      return [{ path, message: `${say(data)} has to be ${say(params.allowedValue)}` }]
    case 'type':
    case 'anyOf':
    case 'oneOf':
      if (path.length === 0) return [{ path, message: `${say(data)} is no scenario`, hint: WHOLE }]
      return [{ path, message: `${say(data)} is not ${wanted ?? kinds(params.type)}` }]
    case 'pattern':
      if (error.propertyName !== undefined) {
        return [
          {
            path: [...path, error.propertyName],
            atKey: true,
            message: `${say(error.propertyName)} is not ${wanted ?? 'a good name'}`,
          },
        ]
      }
      return [{ path, message: `${say(data)} is not ${wanted ?? 'written as it has to be'}` }]
    case 'format':
      return [
        {
          path,
          message: `${say(data)} is not ${QUANTITIES[String(params.format)]?.like ?? 'written as it has to be'}`,
        },
      ]
    case 'minimum':
    case 'exclusiveMinimum':
    case 'maximum':
    case 'exclusiveMaximum':
      return [
        {
          path,
          message: `${say(data)} is out of range: it has to be ${String(params.comparison)} ${say(params.limit)}`,
        },
      ]
    case 'minLength':
    case 'minItems':
    case 'minProperties':
      return [
        { path, message: `${lastOf(path)} is empty`, hint: wanted === undefined ? undefined : `it takes ${wanted}` },
      ]
    case 'maxLength':
    case 'maxItems':
    case 'maxProperties':
      return [{ path, message: `${lastOf(path)} has more than ${say(params.limit)} parts`, hint: wanted }]
    default:
      return [{ path, message: `${say(data)} does not fit`, hint: wanted }]
  }
}

function missing(path: DataPath, key: string, error: ErrorObject): Complaint {
  const about = propertiesOf(error)[key]?.description
  return {
    path,
    missing: key,
    message: `${lastOf(path)} needs ${key}`,
    hint: about === undefined ? undefined : `${key}: ${asClause(about)}`,
  }
}

function keyHint(key: string, error: ErrorObject): string | undefined {
  const known = Object.keys(propertiesOf(error)).filter((name) => name !== '$schema')
  if (known.length === 0) return undefined
  return nearest(key, known) ?? `known here: ${known.join(', ')}`
}

const propertiesOf = (error: ErrorObject): Readonly<Record<string, { readonly description?: string }>> =>
  (error.parentSchema?.properties as Record<string, { readonly description?: string }> | undefined) ?? {}

/** The first sentence of a description, to be put into one of ours. */
function asClause(description: string): string {
  const [first = ''] = description.split(/\.(?:\s|$)/)
  const word = first.split(' ')[0] ?? ''
  return word === word.toUpperCase() ? first : first.slice(0, 1).toLowerCase() + first.slice(1)
}

const descriptionOf = (error: ErrorObject): string | undefined => {
  const description: unknown = error.parentSchema?.description
  return typeof description === 'string' ? asClause(description) : undefined
}

const enumHint = (data: unknown, allowed: unknown): string | undefined =>
  typeof data === 'string' && Array.isArray(allowed) ? nearest(data, allowed.map(String)) : undefined

const listOf = (values: unknown): string => {
  const words = Array.isArray(values) ? values.map(String) : []
  return words.length <= 8 ? words.join(', ') : `${words.slice(0, 8).join(', ')}, ...`
}

const KINDS: Readonly<Record<string, string>> = {
  object: 'a set of keys with values',
  array: 'a list',
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  null: 'nothing',
}

const kinds = (type: unknown): string =>
  (Array.isArray(type) ? type : [type]).map((one) => KINDS[String(one)] ?? 'of the right kind').join(' or ')

/** A value in a message. */
function say(value: unknown): string {
  if (typeof value === 'string') return value === '' ? 'an empty text' : shown(value)
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' && value !== null ? 'a set of keys' : 'nothing'
}

const lastOf = (path: DataPath): string => {
  const last = path.at(-1)
  if (last === undefined) return 'the scenario'
  return typeof last === 'number' ? `part ${last + 1} of ${lastOf(path.slice(0, -1))}` : shown(last)
}

/** `/actors/vmm/2/bar` as keys and indices. */
export const pointerPath = (pointer: string): (string | number)[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part))
