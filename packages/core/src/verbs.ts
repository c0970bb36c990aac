/**
 * The words of user space that every machine understands, as data: a loader validates steps with it and help prints it.
 * Beside them each driver has words of its own (`Controls`).
 */
import type { JsonSchema } from './scenario.ts'
import { sizeField, ticksField, u64Field } from './step-field.ts'

/** Something a process holds a descriptor of, made by a step and named with `as`. */
export type HandleKind = 'file' | 'buffer' | 'import'
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

/** What `wait` waits for, by the kind of its target. */
export const WAIT_WORDS = {
  device: ['dark', 'light'],
  buffer: ['live', 'revoked', 'dead', 'released', 'invalidated', 'mapped', 'unmapped'],
  import: ['invalidated', 'mapped', 'unmapped'],
  actor: ['done'],
} as const
export type WaitWord = (typeof WAIT_WORDS)[keyof typeof WAIT_WORDS][number]

const target = (description: string): JsonSchema => ({ type: 'string', minLength: 1, description })

function args(properties: Readonly<Record<string, JsonSchema>> = {}, required: readonly string[] = []): JsonSchema {
  return { type: 'object', additionalProperties: false, properties, ...(required.length === 0 ? {} : { required }) }
}

const times: JsonSchema = { type: 'integer', minimum: 1, maximum: 100_000, default: 1, description: 'how often' }
const accessArgs = {
  offset: sizeField('bytes from the start of the import; 0 unless given'),
  length: sizeField('bytes; as many as data has unless given'),
  times,
  pause: ticksField('virtual time between two of them; none unless given'),
}

/** A file that was opened without `as` goes by the name of its device. */
export const VERBS = {
  open: {
    summary: 'open the device file of a device whose driver lends BARs',
    actsOn: ['device'],
    target: target('a device'),
    args: args(),
    makes: 'file',
  },
  export: {
    summary: 'lend ranges of a BAR as a dma-buf',
    actsOn: ['file'],
    target: target('an open device file, or the device'),
    args: args(
      {
        bar: { type: 'integer', minimum: 0, maximum: 0xffffffff, description: 'index of the BAR' },
        ranges: {
          type: 'array',
          description: 'pieces of the BAR, in the order of the buffer; all of it unless given',
          items: args({ offset: u64Field('bytes from the start of the BAR'), length: u64Field('bytes') }, [
            'offset',
            'length',
          ]),
        },
        openFlags: {
          type: 'array',
          description: 'flags of the descriptor; O_RDWR and O_CLOEXEC unless given',
          items: { type: 'string', pattern: '^O_[A-Z]+$', description: 'a flag such as O_CLOEXEC' },
        },
      },
      ['bar'],
    ),
    makes: 'buffer',
  },
  import: {
    summary: 'attach a device to a buffer and make it usable there',
    actsOn: ['buffer'],
    target: target('a buffer'),
    args: args({ on: target('the importing device') }, ['on']),
    makes: 'import',
    importerOptions: true,
  },
  read: {
    summary: 'let the importing device read from the buffer',
    actsOn: ['import'],
    target: target('an import'),
    args: args(
      { ...accessArgs, expectData: { type: 'string', description: 'text that has to come back, else it is an error' } },
      ['length'],
    ),
  },
  write: {
    summary: 'let the importing device write into the buffer',
    actsOn: ['import'],
    target: target('an import'),
    args: args({
      ...accessArgs,
      data: { type: 'string', minLength: 1, description: 'text to write; repeats over length' },
    }),
  },
  close: {
    summary: 'give back a descriptor; the last one of a file closes it',
    actsOn: ['file', 'buffer', 'import'],
    target: target('a device file, a buffer or an import'),
    args: args(),
  },
  bind: {
    summary: 'bind the driver of the scenario to a device again',
    actsOn: ['device'],
    target: target('a device'),
    args: args(),
  },
  unbind: {
    summary: 'unbind the driver of a device; waits for whom the driver waits for',
    actsOn: ['device'],
    target: target('a device'),
    args: args(),
  },
  wait: {
    summary: 'wait until something is so; the end of a run finds those who wait in vain blocked',
    actsOn: ['device', 'buffer', 'import', 'actor'],
    target: target('a device, a buffer, an import or an actor'),
    args: args(
      {
        until: {
          enum: [...new Set(Object.values(WAIT_WORDS).flat())],
          description:
            'dark or light for a device; live, revoked, dead or released for a buffer; invalidated, mapped or unmapped for either end; done for an actor',
        },
      },
      ['until'],
    ),
  },
  sleep: {
    summary: 'let virtual time pass',
    actsOn: ['time'],
    target: { ...ticksField('how long: 500, 500 us, 30 ms, 1 s'), default: '' },
    args: args({ ticks: ticksField('the same, for those who leave the target empty') }),
  },
} as const satisfies Readonly<Record<string, VerbSpec>>

export type Verb = keyof typeof VERBS

export const isVerb = (word: string): word is Verb => Object.hasOwn(VERBS, word)

/** The description of a common verb; `undefined` for a driver's word. */
export const verbSpec = (word: string): VerbSpec | undefined => (isVerb(word) ? VERBS[word] : undefined)
