/** The words of user space that an open `uverbs` device understands beside the common ones. */
import { type Controls, type JsonSchema, sizeField } from '@barter/core'

const bar: JsonSchema = { type: 'integer', minimum: 0, maximum: 5, description: 'index of the BAR; 0 unless given' }
const offset = sizeField('bytes from the start of the BAR; 0 unless given')

export const UVERBS_CONTROLS: Controls = {
  allocEntry: {
    summary: "get a piece of the NIC's own MMIO, such as a doorbell page",
    args: {
      type: 'object',
      additionalProperties: false,
      properties: { bar, offset, length: sizeField('bytes') },
      required: ['length'],
    },
  },
  freeEntry: {
    summary: 'give it back; buffers that were lent of it are taken back for good',
    args: { type: 'object', additionalProperties: false, properties: { bar, offset } },
  },
  entries: {
    summary: 'what the process has, and how many live buffers were lent of it',
    args: { type: 'object', additionalProperties: false },
  },
}
