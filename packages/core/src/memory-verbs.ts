/** Words for what a process maps of a device file and touches with the CPU (MM-1 to MM-10). */
import type { JsonSchema } from './scenario.ts'
import { sizeField } from './step-field.ts'
import { args, target, type VerbSpec } from './verb-spec.ts'

const mapping = target('a mapping')
const memory = target('a mapping, or memory')
const guest: JsonSchema = {
  type: 'boolean',
  description: 'true: a guest under KVM does it, whose memory the mapping is',
}
const place = { offset: sizeField('bytes from the start of the mapping; 0 unless given') }

export const MEMORY_VERBS = {
  allocate: {
    summary: 'take memory of the machine, as a VMM does for its guest',
    actsOn: ['time'],
    target: { enum: ['memory', 'memfd'], description: 'memory, which is anonymous, or memfd, which is a file' },
    args: args({ length: sizeField('bytes') }, ['length']),
    makes: 'object',
  },
  udmabuf: {
    summary: 'make a dma-buf of a memfd, which is RAM and no BAR',
    actsOn: ['object'],
    target: target('a memfd'),
    args: args(),
    makes: 'buffer',
  },
  mmap: {
    summary: 'map a region of a device file into the process',
    actsOn: ['file'],
    target: target('an open device file, or the device'),
    args: args({
      bar: { type: 'integer', minimum: 0, maximum: 0xff_ffff, description: 'index of the region; 0 unless given' },
      offset: sizeField('bytes from the start of the region; 0 unless given'),
      length: sizeField('bytes; all of the region behind offset unless given'),
      shared: { type: 'boolean', default: true, description: 'false: MAP_PRIVATE' },
      writable: { type: 'boolean', default: true, description: 'false: PROT_READ only' },
    }),
    makes: 'mapping',
  },
  load: {
    summary: 'let the CPU load from a mapping, or from memory',
    actsOn: ['mapping', 'object'],
    target: memory,
    args: args({
      ...place,
      length: sizeField('bytes; 4 unless given'),
      expectData: { type: 'string', description: 'text that has to come back, else it is an error' },
      guest,
    }),
  },
  store: {
    summary: 'let the CPU store into a mapping, or into memory',
    actsOn: ['mapping', 'object'],
    target: memory,
    args: args({
      ...place,
      length: sizeField('bytes; as many as data has unless given'),
      data: { type: 'string', minLength: 1, description: 'text to store; repeats over length; zeros unless given' },
      guest,
    }),
  },
  pin: {
    summary: 'pin the pages behind a mapping, as direct I/O and RDMA registration do (pin_user_pages)',
    actsOn: ['mapping'],
    target: mapping,
    args: args(),
  },
} as const satisfies Readonly<Record<string, VerbSpec>>
