/** Looks at each step of a scenario: is its verb known, do its arguments fit, is its target somebody? */
import { nearest, type TargetKind } from '@barter/core'
import { shown } from '../errors.ts'
import { FIRST_PARTY_NODES } from '../plugins/first-party.ts'
import { handleComplaints } from './check-handles.ts'
import type { Complaint } from './complaint.ts'
import { checkAgainst } from './schema-check.ts'
import { stepSchema } from './schema.ts'
import type { StepEntry } from './scenario-file.ts'
import { deviceOf, namesOf, type PlacedStep, type Story, targetText } from './story.ts'
import { type StepWord, withAnyOptions } from './step-words.ts'

/** A step whose verb was found. */
export interface KnownStep extends PlacedStep {
  readonly word: StepWord
  readonly target: string
}

export interface CheckedSteps {
  readonly steps: readonly KnownStep[]
  readonly complaints: readonly Complaint[]
}

export interface KnownDrivers {
  readonly importers: readonly string[]
  /** Drivers that did not say which words they know; theirs are let through. */
  readonly silent: readonly string[]
}

export function checkSteps(story: Story, words: readonly StepWord[], drivers: KnownDrivers): CheckedSteps {
  // Whatever was to be made of them is missing too, and is not worth a word.
  const closed = noNodes(story)
  if (closed.length > 0) return { steps: [], complaints: closed }
  const complaints: Complaint[] = []
  const steps: KnownStep[] = []
  for (const step of story.steps) {
    const found = noImporter(step, drivers.importers) ?? wordOf(story, step, words, drivers.silent)
    if ('message' in found) {
      complaints.push(found)
      continue
    }
    const known = { ...step, word: found, target: targetText(step.entry[found.verb]) }
    steps.push(known)
    const misfits = checkAgainst(schemaOf(found), step.entry, step.path)
    const named = (): Complaint[] => [...targetComplaints(story, known), ...handleComplaints(story, known)]
    complaints.push(...(misfits.length > 0 ? misfits : named()))
  }
  complaints.push(...twins(story))
  return { steps, complaints }
}

/** Names are for the whole scenario. */
function twins({ made, file }: Story): Complaint[] {
  return made
    .filter(
      ({ name, kind }, i) =>
        made.findIndex((other) => other.name === name) < i || (kind !== 'file' && Object.hasOwn(file.devices, name)),
    )
    .map(({ name, by }) => ({
      path: [...by.path, 'as'],
      message: `${shown(name)} is the name of something else already`,
      hint: 'names are for the whole scenario; choose another',
    }))
}

const schemas = new WeakMap<StepWord, ReturnType<typeof stepSchema>>()

function schemaOf(word: StepWord): ReturnType<typeof stepSchema> {
  const schema = schemas.get(word) ?? stepSchema(word)
  schemas.set(word, schema)
  return schema
}

/** An import may name the driver that acts, and nobody else looks whether there is one. */
function noImporter({ entry, path }: PlacedStep, importers: readonly string[]): Complaint | undefined {
  const { driver } = entry
  if (!Object.hasOwn(entry, 'import') || typeof driver !== 'string' || importers.includes(driver)) return undefined
  return {
    path: [...path, 'driver'],
    message: `no plugin gives the importer ${shown(driver)}`,
    hint: nearest(driver, importers) ?? `there is ${importers.join(', ') || 'none; list its plugin under plugins'}`,
  }
}

/** The word that a step means: its first key that is a verb; of several drivers' words, that of the target's driver. */
function wordOf(
  story: Story,
  step: PlacedStep,
  words: readonly StepWord[],
  silent: readonly string[],
): StepWord | Complaint {
  const keys = Object.keys(step.entry)
  const verb = keys.find((key) => words.some((word) => word.verb === key))
  if (verb === undefined) return unknownVerb(story, step, words, silent)
  const candidates = words.filter((word) => word.verb === verb)
  const driver = driverOf(story, verb, step.entry)
  const kinds = namesOf(story).get(targetText(step.entry[verb]))
  const fits = (word: StepWord): boolean => word.actsOn.some((kind) => kinds?.has(kind) === true)
  const type = story.made.findLast((one) => one.name === targetText(step.entry[verb]))?.type
  const own = candidates.find((word) => word.driver !== undefined && word.driver === driver && word.type === type)
  const commons = candidates.filter((word) => word.driver === undefined)
  const common = commons.find(fits) ?? commons[0]
  // A common verb keeps its meaning where it has one; a driver may only shape what it makes.
  const keeps = common !== undefined && (fits(common) || own === undefined || !fits(own))
  const word = own !== undefined && (!keeps || own.makes !== undefined) ? own : common
  if (word !== undefined) return driver !== undefined && silent.includes(driver) ? withAnyOptions(word) : word
  const owners = [...new Set(candidates.map((candidate) => candidate.driver))].join(', ')
  const target = shown(targetText(step.entry[verb]))
  if (driver !== undefined && silent.includes(driver)) return openWord(verb, driver)
  return {
    path: [...step.path, verb],
    atKey: true,
    message:
      driver === undefined
        ? `${target} is nothing that ${verb} acts on`
        : `driver ${driver} of ${target} has no ${verb}`,
    hint: `${verb} is a word of ${owners}`,
  }
}

/** Driver of the device that the step is about: the importing one for `import`, else that of the target. */
function driverOf(story: Story, verb: string, entry: StepEntry): string | undefined {
  const { devices } = story.file
  // A driver may act on behalf of a device that it is not bound to.
  if (typeof entry.on === 'string' && typeof entry.driver === 'string') return entry.driver
  const name = typeof entry.on === 'string' ? entry.on : targetText(entry[verb])
  const acting = story.made.findLast((one) => one.name === name)?.driver
  if (acting !== undefined) return acting
  const device = Object.hasOwn(devices, name) ? name : deviceOf(story.made, name)
  return device === undefined ? undefined : devices[device]?.driver
}

function unknownVerb(
  story: Story,
  step: PlacedStep,
  words: readonly StepWord[],
  silent: readonly string[],
): StepWord | Complaint {
  const [first = ''] = Object.keys(step.entry)
  const driver = driverOf(story, first, step.entry)
  if (driver !== undefined && silent.includes(driver)) return openWord(first, driver)
  const verbs = [...new Set(words.map((word) => word.verb))]
  return {
    path: [...step.path, first],
    atKey: true,
    message: `unknown step ${shown(first)}`,
    hint: nearest(first, verbs) ?? `the steps are ${verbs.join(', ')}`,
  }
}

/** A word that nobody described. */
const openWord = (verb: string, driver: string): StepWord => ({
  verb,
  driver,
  summary: verb,
  actsOn: ['file', 'import'],
  target: { type: 'string' },
  args: { additionalProperties: true },
})

export const KIND_WORDS: Readonly<Record<TargetKind, string>> = {
  device: 'a device',
  file: 'an open device',
  buffer: 'a buffer',
  import: 'an import',
  mapping: 'a mapping',
  object: 'an object',
  actor: 'an actor',
  time: 'a length of time',
}

/** Stands for a device that is no PCI function. */
const NO_FUNCTION = 'misc'

function targetComplaints(story: Story, { word, target, path, entry }: KnownStep): Complaint[] {
  if (word.actsOn.includes('time')) return []
  const names = namesOf(story)
  const complaints: Complaint[] = []
  const kinds = names.get(target)
  if (kinds === undefined) complaints.push(nobody(story, [...path, word.verb], target, word.actsOn))
  else if (!word.actsOn.some((kind) => kinds.has(kind)) && !(word.actsOn.includes('file') && kinds.has('device'))) {
    const are = [...kinds].map((kind) => KIND_WORDS[kind]).join(' and ')
    complaints.push({
      path: [...path, word.verb],
      message: `${shown(target)} is ${are}, and ${word.verb} acts on ${word.actsOn.map((kind) => KIND_WORDS[kind]).join(' or ')}`,
    })
  }
  if (typeof entry.on === 'string' && entry.on !== NO_FUNCTION && !Object.hasOwn(story.file.devices, entry.on)) {
    complaints.push(nobody(story, [...path, 'on'], entry.on, ['device']))
  }
  return complaints
}

/** Character devices that are opened and that nobody gives. */
function noNodes({ steps, nodes }: Story): Complaint[] {
  const given = nodes.map((node) => node.path)
  return steps.flatMap(({ entry: { open }, path }) => {
    if (typeof open !== 'string' || !open.startsWith('/') || given.includes(open)) return []
    const known = [...new Set([...given, ...FIRST_PARTY_NODES])]
    const hint = nearest(open, known) ?? `ours are ${known.join(', ')}; list the plugin that gives it under plugins`
    return [{ path: [...path, 'open'], message: `no plugin gives ${shown(open)}`, hint }]
  })
}

function nobody(story: Story, path: Complaint['path'], name: string, kinds: readonly TargetKind[]): Complaint {
  const wanted = [...kinds, ...(kinds.includes('file') ? (['device'] as const) : [])]
  const named = [
    ...Object.keys(story.file.devices),
    ...Object.keys(story.file.actors),
    ...story.made.map((one) => one.name),
  ]
  const kindsOf = namesOf(story)
  const known = [...new Set(named)].filter((one) => wanted.some((kind) => kindsOf.get(one)?.has(kind)))
  const what = kinds.map((kind) => KIND_WORDS[kind]).join(' or ')
  const made = kinds.includes('buffer') || kinds.includes('import')
  return {
    path,
    message: `nobody made ${shown(name)}: ${what} is wanted here`,
    hint:
      nearest(name, known) ??
      (known.length > 0
        ? `there is ${known.join(', ')}`
        : made
          ? 'name what an earlier step makes with `as`'
          : 'add it under devices'),
  }
}
