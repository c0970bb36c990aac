/** Arguments that name what other steps make: which of them do, and what may stand there. */
import type { JsonSchema } from '@barter/core'
import type { PlannedHandle } from './plan.ts'
import type { StepArgs } from './step-values.ts'

/** One argument that names a handle. */
export interface HandleArg {
  readonly key: string
  readonly name: string
  /** Kinds of handles and types of objects that fit. */
  readonly of: readonly string[]
  /** A name that nobody made is a word of its own. */
  readonly orWord: boolean
}

/** Those of `args`, by the schema that they were read with. */
export function handleArgs(schema: JsonSchema, args: StepArgs): readonly HandleArg[] {
  const properties = (schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>
  return Object.entries(properties).flatMap(([key, { format, of, or }]) => {
    const name = args[key]
    if (format !== 'handle' || typeof name !== 'string') return []
    return [{ key, name, of: of as readonly string[], orWord: or === 'word' }]
  })
}

/** Is it of a kind or a type that the argument takes? */
export const fits = ({ kind, type }: PlannedHandle, { of }: HandleArg): boolean =>
  of.includes(kind) || (type !== undefined && of.includes(type))
