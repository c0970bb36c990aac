/** Arguments of steps that name what other steps make: is there such a thing, and is it one that fits? */
import { type JsonSchema, nearest } from '@barter/core'
import { shown } from '../errors.ts'
import { KIND_WORDS, type KnownStep } from './check-steps.ts'
import type { Complaint } from './complaint.ts'
import type { Made, Story } from './story.ts'

/** Descriptors that are there without a step, where a buffer may stand. */
const NO_BUFFERS = ['stdin', 'closed']

export function handleComplaints(story: Story, { word, entry, path }: KnownStep): Complaint[] {
  const properties = (word.args.properties ?? {}) as Readonly<Record<string, JsonSchema>>
  return Object.entries(properties).flatMap(([key, { format, of, or, description }]) => {
    const name = entry[key]
    if (format !== 'handle' || typeof name !== 'string' || key === word.verb) return []
    const kinds = of as readonly string[]
    if (kinds.includes('buffer') && NO_BUFFERS.includes(name)) return []
    if (kinds.includes('file') && Object.hasOwn(story.file.devices, name)) return []
    const made = story.made.find((one) => one.name === name)
    if (made === undefined && or === 'word') return []
    if (made !== undefined && fits(made, kinds)) return []
    const known = story.made.filter((one) => fits(one, kinds)).map((one) => one.name)
    const problem = made === undefined ? `nobody made ${shown(name)}` : `${shown(name)} is ${nounOf(story, made)}`
    const hint =
      nearest(name, known) ?? (known.length > 0 ? `there is ${known.join(', ')}` : 'make one in an earlier step')
    return [
      {
        path: [...path, key],
        message: `${problem}, and ${String(description).split(';')[0] ?? ''} is wanted here`,
        hint,
      },
    ]
  })
}

const fits = ({ kind, type }: Made, of: readonly string[]): boolean =>
  of.includes(kind) || (type !== undefined && of.includes(type))

/** What it is, with its article where there is one. */
function nounOf({ nodes }: Story, { kind, type }: Made): string {
  if (type === undefined) return KIND_WORDS[kind]
  return nodes.flatMap(({ types }) => types[type]?.noun ?? [])[0] ?? type
}
