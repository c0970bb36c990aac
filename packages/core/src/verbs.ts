/**
 * The words of user space that every machine understands, as data: a loader validates steps with it and help prints it.
 * Beside them each driver has words of its own (`Controls`).
 */
import { HOST_VERBS } from './host-verbs.ts'
import { MEMORY_VERBS } from './memory-verbs.ts'
import type { JsonSchema } from './scenario.ts'
import { handleField, sizeField, ticksField, u64Field } from './step-field.ts'
import { args, target, type VerbSpec } from './verb-spec.ts'

export type { HandleKind, TargetKind, VerbSpec } from './verb-spec.ts'

/** What `wait` waits for, by the kind of its target. */
export const WAIT_WORDS = {
  device: ['dark', 'light'],
  buffer: ['live', 'revoked', 'dead', 'released', 'invalidated', 'mapped', 'unmapped'],
  import: ['invalidated', 'mapped', 'unmapped'],
  actor: ['done'],
} as const
export type WaitWord = (typeof WAIT_WORDS)[keyof typeof WAIT_WORDS][number]

const times: JsonSchema = { type: 'integer', minimum: 1, maximum: 100_000, default: 1, description: 'how often' }
const u32: JsonSchema = { type: 'integer', minimum: 0, maximum: 0xffff_ffff }
const accessArgs = {
  offset: sizeField('bytes from the start of the import; 0 unless given'),
  length: sizeField('bytes; as many as data has unless given'),
  times,
  pause: ticksField('virtual time between two of them; none unless given'),
}

/** A file that was opened without `as` goes by the name of its device. */
export const VERBS = {
  open: {
    summary: 'open the device file of a device whose driver lends BARs, or a character device such as /dev/iommu',
    actsOn: ['device'],
    target: target('a device, or the path of a character device'),
    args: args({
      container: handleField(
        'the container that its group joins, opened or by any name, or an iommufd in its place; the one it is in, or one that all share, unless given',
        ['container', 'iommufd'],
        'word',
      ),
      containerKind: { enum: ['type1', 'noiommu'], description: 'kind of that container; the right one unless given' },
      cdev: {
        type: 'boolean',
        description: 'true: through its own character device, which works once bound to an iommufd',
      },
      rawio: { type: 'boolean', description: 'false: by a process without CAP_SYS_RAWIO' },
    }),
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
          items: {
            type: 'string',
            pattern: '^(O_[A-Z]+|0x[0-9a-f]{1,8})$',
            description: 'a flag such as O_CLOEXEC, or a word of flags in hex',
          },
        },
        flags: { ...u32, description: 'the flags field of the request; 0 unless given' },
        nrRanges: { ...u32, description: 'the nr_ranges field; the number of ranges unless given' },
        argsz: { ...u32, description: 'the length that the header claims; the true one unless given' },
      },
      ['bar'],
    ),
    makes: 'buffer',
  },
  import: {
    summary:
      'attach a device to a buffer and make it usable there; or, without any attachment, a mapping of the process',
    actsOn: ['buffer', 'mapping'],
    target: target(
      'a buffer; stdin, a descriptor that is no dma-buf; closed, one that is no longer open; or a mapping, by its address',
    ),
    args: args(
      {
        on: target('the importing device; or misc, a device that is no PCI function'),
        driver: target('importing driver that acts on behalf of the device; the one bound to it unless given'),
      },
      ['on'],
    ),
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
    actsOn: ['file', 'buffer', 'import', 'mapping', 'object'],
    target: target('a device file, a buffer, an import, a mapping, which is unmapped, or a file such as an iommufd'),
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
        timeout: ticksField('after how long to give up; never unless given'),
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
  start: {
    summary: 'let another actor begin; one that somebody starts does not begin by itself',
    actsOn: ['actor'],
    target: target('an actor'),
    args: args(),
  },
  look: {
    summary: 'is another actor through, and if not, what does it wait for',
    actsOn: ['actor'],
    target: target('an actor'),
    args: args(),
  },
  kill: {
    summary: 'end the process of an actor, and wait until it is gone',
    actsOn: ['actor'],
    target: target('an actor'),
    args: args(),
  },
  idle: {
    summary: 'do nothing until killed',
    actsOn: ['time'],
    target: { type: 'string', maxLength: 0, default: '', description: 'nothing' },
    args: args(),
  },
  ...MEMORY_VERBS,
  ...HOST_VERBS,
} as const satisfies Readonly<Record<string, VerbSpec>>

export type Verb = keyof typeof VERBS

export const isVerb = (word: string): word is Verb => Object.hasOwn(VERBS, word)

/** The description of a common verb; `undefined` for a driver's word. */
export const verbSpec = (word: string): VerbSpec | undefined => (isVerb(word) ? VERBS[word] : undefined)
