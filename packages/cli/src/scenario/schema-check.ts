/** Holds data against a JSON Schema, and says in people's words what does not fit: one complaint a mistake. */
import type { JsonSchema } from '@barter/core'
import { nearest } from '@barter/core'
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import { shown } from '../errors.ts'
import type { Complaint } from './complaint.ts'
import { QUANTITIES } from './quantity.ts'
import { complaintsOf, pointerPath } from './schema-words.ts'
import type { DataPath } from './source.ts'

// Each schema is used a few times at most, so that making its code smaller costs more than it gives.
const ajv = new Ajv2020({ allErrors: true, verbose: true, strict: false, logger: false, code: { optimize: false } })
for (const [name, { is }] of Object.entries(QUANTITIES)) ajv.addFormat(name, { type: 'string', validate: is })

/** Complaints about `value`, whose place in the scenario is `base`. **Errors** an `Error` when the schema itself is none. */
export function checkAgainst(schema: JsonSchema, value: unknown, base: DataPath = []): Complaint[] {
  const validate = compiled(schema)
  if (validate(value)) return []
  const errors = validate.errors ?? []
  const choices = outermost(errors.filter(isChoice))
  const complaints = errors
    .filter((error) => !REPEATS.includes(error.keyword) && !choices.some((choice) => isWithin(error, choice)))
    .flatMap((error) => complaintsOf(error, base))
  for (const choice of choices) complaints.push(...complaintsOfChoice(schema, choice, base))
  return onceEach(complaints)
}

/** Keywords that only say that something inside them failed. */
const REPEATS = ['if', 'propertyNames']

/** One complaint a place; and a key that is missing because it is mistyped is one mistake, not two. */
function onceEach(complaints: readonly Complaint[]): Complaint[] {
  const same = (a: Complaint, b: Complaint): boolean => a.missing === b.missing && samePath(a.path, b.path)
  const once = complaints.filter((complaint, i) => complaints.findIndex((other) => same(other, complaint)) === i)
  return once.filter(
    ({ path, missing }) =>
      missing === undefined ||
      !once.some(
        (other) => other.atKey === true && samePath(other.path.slice(0, -1), path) && mistyped(other, missing),
      ),
  )
}

const mistyped = ({ path }: Complaint, key: string): boolean => nearest(String(path.at(-1)), [key]) !== undefined

const compiledSchemas = new WeakMap<JsonSchema, ReturnType<typeof ajv.compile>>()

function compiled(schema: JsonSchema): ReturnType<typeof ajv.compile> {
  const known = compiledSchemas.get(schema)
  if (known !== undefined) return known
  // The same schema may come as several objects, and an id may be registered only once.
  const { $id: _id, ...body } = schema
  const validate = ajv.compile(body)
  compiledSchemas.set(schema, validate)
  return validate
}

const isChoice = ({ keyword }: ErrorObject): boolean => keyword === 'anyOf' || keyword === 'oneOf'

const outermost = (choices: readonly ErrorObject[]): ErrorObject[] =>
  choices.filter((choice, i) =>
    choices.every(
      (other, j) => i === j || !(isWithin(choice, other) && (other.instancePath !== choice.instancePath || j > i)),
    ),
  )

const isWithin = (error: ErrorObject, choice: ErrorObject): boolean =>
  error.instancePath === choice.instancePath || error.instancePath.startsWith(`${choice.instancePath}/`)

/** Speak only of the branch that the value was meant for; of the choice as a whole when that is not clear. */
function complaintsOfChoice(root: JsonSchema, choice: ErrorObject, base: DataPath): Complaint[] {
  const branches = (choice.schema as readonly JsonSchema[]).map((branch) => dereferenced(root, branch))
  const meant = branches
    .map((branch) => ({ branch, fit: fitOf(branch, choice.data) }))
    .filter(({ fit }) => fit > 0)
    .sort((a, b) => b.fit - a.fit)
  const [best, second] = meant
  const path = [...base, ...pointerPath(choice.instancePath)]
  if (best === undefined || best.fit === second?.fit)
    return mistypedChoice(branches, choice, path) ?? complaintsOf(choice, base)
  const inner = checkAgainst({ $defs: root.$defs, ...best.branch }, choice.data, path)
  return inner.length > 0 ? inner : complaintsOf(choice, base)
}

/** One key says which branch is meant, and none of them is there: then the nearest is what was meant. */
function mistypedChoice(branches: readonly JsonSchema[], choice: ErrorObject, path: DataPath): Complaint[] | undefined {
  if (typeOf(choice.data) !== 'object') return undefined
  const wanted = branches.flatMap(({ required }) => (required as readonly string[] | undefined) ?? [])
  for (const key of Object.keys(choice.data as object)) {
    const hint = wanted.includes(key) ? undefined : nearest(key, wanted)
    if (hint !== undefined) return [{ path: [...path, key], atKey: true, message: `unknown key ${shown(key)}`, hint }]
  }
  return undefined
}

function dereferenced(root: JsonSchema, branch: JsonSchema): JsonSchema {
  if (typeof branch.$ref !== 'string') return branch
  const found = (root.$defs as Readonly<Record<string, JsonSchema>> | undefined)?.[branch.$ref.replace('#/$defs/', '')]
  return found === undefined ? branch : dereferenced(root, found)
}

/** How much a value looks like a branch: 0 for another type, more for each key of its own that the branch asks for. */
function fitOf(branch: JsonSchema, data: unknown): number {
  const type = branch.type ?? (branch.enum === undefined ? undefined : 'string')
  if (type !== undefined && ![type].flat().includes(typeOf(data))) return 0
  if (typeOf(data) !== 'object') return 1
  const keys = Object.keys(data as object)
  const required = (branch.required as readonly string[] | undefined) ?? []
  const known = Object.keys((branch.properties as object | undefined) ?? {})
  return (
    1 + 100 * required.filter((key) => keys.includes(key)).length + known.filter((key) => keys.includes(key)).length
  )
}

function typeOf(data: unknown): string {
  if (data === null) return 'null'
  if (Array.isArray(data)) return 'array'
  return typeof data
}

const samePath = (a: DataPath, b: DataPath): boolean => a.length === b.length && a.every((part, i) => part === b[i])
