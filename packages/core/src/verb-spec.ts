/** How a word of user space is described. */
import type { JsonSchema } from './scenario.ts'

/** Something a process holds, mostly by a descriptor, made by a step and named with `as`. `object`: see kernel-object.ts. */
export type HandleKind = 'file' | 'buffer' | 'import' | 'mapping' | 'object'
/** What the target of a verb names. `time`: nothing, it is a length of time. */
export type TargetKind = HandleKind | 'device' | 'actor' | 'time'

export interface VerbSpec {
  /** One line for help and for the timeline. */
  readonly summary: string
  readonly actsOn: readonly TargetKind[]
  /** JSON Schema of the target as people write it. */
  readonly target: JsonSchema
  /** JSON Schema (2020-12) of the arguments, an object; target, `as` and `expect` are not among them. */
  readonly args: JsonSchema
  /** What `as` names. */
  readonly makes?: HandleKind
  /** The properties of the importer's `options` are arguments too. */
  readonly importerOptions?: true
}

/** Schema of a target that is the name of something. */
export const target = (description: string): JsonSchema => ({ type: 'string', minLength: 1, description })

/** Schema of an object with these arguments and no others. */
export function args(
  properties: Readonly<Record<string, JsonSchema>> = {},
  required: readonly string[] = [],
): JsonSchema {
  return { type: 'object', additionalProperties: false, properties, ...(required.length === 0 ? {} : { required }) }
}
