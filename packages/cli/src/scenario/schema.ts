/**
 * The JSON Schema of a scenario file, composed of fixed parts and of the words that steps are made of.
 *
 * The published file (`schema/scenario.schema.json`) is this with the words of the plugins of this house; the loader
 * composes it again with those of the plugins that a scenario names.
 */
import { ERRNO, type JsonSchema, SIGNALS, SWITCHES } from '@barter/core'
import { EXPECTATION_WORDS, NAME } from './vocabulary.ts'
import type { StepWord } from './step-words.ts'

const SCHEMA_ID = 'urn:barter:scenario:1'

const PATH = { type: 'string', minLength: 1 }

/** **Shape** `topology`: the schema of a machine written out; `words`: every step there is. */
export function scenarioSchema(topology: JsonSchema, words: readonly StepWord[]): JsonSchema {
  const { $schema: _dialect, $id: _id, $defs: topologyDefs, ...topologyBody } = topology
  const expect = { $ref: '#/$defs/expect' }
  const steps = Object.fromEntries(words.map((word) => [stepDefName(word), stepSchema(word, expect)]))
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: SCHEMA_ID,
    title: 'Barter scenario',
    ...bodySchema({ $ref: '#/$defs/step' }),
    $defs: {
      ...(topologyDefs as JsonSchema | undefined),
      topology: topologyBody,
      expect: EXPECT,
      step: {
        description: 'one thing that an actor does: a verb with its target, then its arguments',
        anyOf: Object.keys(steps).map((name) => ({ $ref: `#/$defs/${name}` })),
      },
      ...steps,
    },
  }
}

/** Everything but the insides of steps, which are checked word by word to say precisely what is wrong. */
export function outlineSchema(topology: JsonSchema): JsonSchema {
  const { $schema: _dialect, $id: _id, $defs, ...body } = topology
  const step = { type: 'object', minProperties: 1, description: 'a step: a verb with its target, then its arguments' }
  return { ...bodySchema(step), $defs: { ...($defs as JsonSchema | undefined), topology: body } }
}

/** One step: the verb's key holds the target. An argument that is called like the verb goes below `args`. */
export function stepSchema({ verb, summary, target, args, makes }: StepWord, expect: JsonSchema = EXPECT): JsonSchema {
  const { properties, required, type: _type, additionalProperties, ...rest } = args
  const { [verb]: hidden, ...plain } = (properties ?? {}) as Readonly<Record<string, unknown>>
  const needed = (required as readonly string[] | undefined) ?? []
  return {
    ...rest,
    description: summary,
    type: 'object',
    properties: {
      [verb]: target,
      ...plain,
      ...(hidden === undefined ? {} : { args: namesake(verb, hidden, needed) }),
      ...(makes !== undefined ? { as: { ...NAME, description: 'a name for what the step makes' } } : {}),
      expect,
    },
    required: [verb, ...needed.map((name) => (name === verb ? 'args' : name))],
    additionalProperties: additionalProperties ?? false,
  }
}

const namesake = (verb: string, schema: unknown, needed: readonly string[]): JsonSchema => ({
  description: `an object with ${verb}, the argument`,
  type: 'object',
  properties: { [verb]: schema },
  required: needed.filter((name) => name === verb),
  additionalProperties: false,
})

const stepDefName = ({ verb, driver, type }: StepWord): string =>
  ['step', driver, type, verb].filter((part) => part !== undefined).join('-')

const OUTCOME = {
  enum: ['ok', 'error', ...Object.keys(ERRNO), ...SIGNALS],
  description: 'ok, error (a completion in error), an errno such as ENODEV, or a signal such as SIGBUS',
}

const EXPECT: JsonSchema = {
  description: 'how the step is to end: one outcome, or a list of those that are all right; ok unless given',
  anyOf: [OUTCOME, { type: 'array', minItems: 1, items: OUTCOME, description: 'a list of outcomes' }],
}

/** The fixed part. */
const bodySchema = (step: JsonSchema): JsonSchema => ({
  description: 'who is there, what each does in user-space words, and what must hold',
  type: 'object',
  required: ['title', 'devices', 'actors'],
  additionalProperties: false,
  properties: {
    $schema: { type: 'string' },
    title: { type: 'string', minLength: 1, maxLength: 200, description: 'the story in a sentence' },
    about: { type: 'string', description: 'why anyone cares' },
    shows: {
      type: 'array',
      items: { type: 'string', minLength: 1, description: 'the id of a rule, as SEED-4' },
      description: 'the rules that it shows to a reader; for lists only',
    },
    machine: {
      description:
        'a capture of a real machine, in any form that inspect reads: a path from this file, or several of one machine',
      anyOf: [PATH, { type: 'array', minItems: 1, items: PATH }],
    },
    topology: { $ref: '#/$defs/topology', description: 'a machine written out, instead of a capture' },
    facts: FACTS,
    plugins: {
      description: 'plugins beside those that the drivers and the machine ask for; the order matters',
      type: 'array',
      items: PLUGIN,
    },
    devices: {
      description: 'the functions that take part, by the names the steps call them',
      type: 'object',
      minProperties: 1,
      propertyNames: NAME,
      additionalProperties: DEVICE,
    },
    actors: {
      description: 'who acts, each by its name; they run at the same time',
      type: 'object',
      minProperties: 1,
      propertyNames: NAME,
      additionalProperties: actorSchema(step),
    },
    expect: {
      description: 'what must hold at the end; no violation, and everybody finishes, unless given',
      type: 'array',
      items: {
        type: 'string',
        pattern: EXPECTATION_WORDS.source,
        description:
          'no violation, violation of INV-1, everybody finishes, steps in the usual order only, or: ACTOR blocks',
      },
    },
  },
})

const actorSchema = (step: JsonSchema): JsonSchema => {
  const steps = { type: 'array', minItems: 1, items: step, description: 'a list of steps' }
  return {
    description: 'a list of steps, or an object with process and steps',
    anyOf: [
      steps,
      {
        type: 'object',
        required: ['steps'],
        additionalProperties: false,
        properties: {
          process: {
            ...NAME,
            description: 'actors of one process share its file descriptors; the actor itself unless given',
          },
          steps,
        },
      },
    ],
  }
}

const DEVICE: JsonSchema = {
  type: 'object',
  description: 'an object with at and driver',
  required: ['at'],
  additionalProperties: false,
  properties: {
    at: {
      type: 'string',
      minLength: 1,
      description: 'a PCI function such as 0000:03:00.0, or the name of one in topology',
    },
    driver: { type: 'string', minLength: 1, description: 'the driver bound to it: vfio-pci, mlx5, ...' },
  },
}

const PLUGIN: JsonSchema = {
  description: 'a name, or one name with its options',
  anyOf: [
    { type: 'string', minLength: 1, description: 'a name' },
    {
      type: 'object',
      minProperties: 1,
      maxProperties: 1,
      description: 'one name with its options',
      additionalProperties: { type: ['object', 'null'] },
    },
  ],
}

const FACTS: JsonSchema = {
  description: 'which kernel and platform are modelled, where it differs from what the machine tells',
  type: 'object',
  additionalProperties: false,
  properties: {
    pageSize: { enum: [4096, 16384, 65536], description: 'CPU page size in bytes' },
    generation: { enum: ['G1', 'G1p', 'G2r', 'G2'], description: 'whose kernel: G1 is 6.19, G2 is 7.3' },
    pgmap: { type: 'boolean', description: 'the architecture can make struct pages for MMIO' },
    cpu: {
      type: 'object',
      additionalProperties: false,
      properties: {
        arch: { type: 'string' },
        vendor: { type: 'string' },
        family: { type: 'integer', minimum: 0 },
        name: { type: 'string' },
      },
    },
    iommu: {
      type: 'object',
      required: ['mode'],
      additionalProperties: false,
      properties: { mode: { enum: ['none', 'identity', 'translated'] }, strict: { type: 'boolean' } },
    },
    config: {
      type: 'object',
      additionalProperties: false,
      required: ['p2pdma', 'vfioPciDmabuf'],
      properties: { p2pdma: { type: 'boolean' }, vfioPciDmabuf: { type: 'boolean' } },
    },
    switches: {
      description: 'what of Linux 7.3.4 is to be wrong as it is there; docs/kernel-findings.md tells of each',
      type: 'array',
      items: { enum: SWITCHES.map(({ id }) => id), description: 'a switch such as BUG-39 or SW-LINK-OFFSET0' },
    },
  },
}
