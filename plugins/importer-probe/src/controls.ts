/** Words on an import of the probe. */
import { type Controls, type Direction, type JsonSchema, sizeField, type StepValue } from '@barter/core'

const DIRECTIONS: Readonly<Record<string, Direction>> = { bidi: 'bidirectional', to: 'to-device', from: 'from-device' }

export const directionOf = (word: StepValue | undefined): Direction =>
  DIRECTIONS[typeof word === 'string' ? word : 'bidi'] ?? 'bidirectional'

/** The mapping that `map` made when it was given no key. */
export const USUAL_KEY = ''

const shape = (
  properties: Readonly<Record<string, JsonSchema>> = {},
  required: readonly string[] = [],
): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  properties,
  ...(required.length === 0 ? {} : { required }),
})

const text = (description: string): JsonSchema => ({ type: 'string', description })
const moving = {
  mapping: text('key of the mapping whose addresses are used, also when it is gone; the one without unless given'),
  engine: text('the device that moves the data, by name or bdf; the importing one unless given'),
  length: sizeField('bytes'),
}
const offset = sizeField('bytes from the start of the mapping; 0 unless given')

export const PROBE_CONTROLS: Controls = {
  attached: { summary: 'what the attachment is', args: shape() },
  map: {
    summary: 'ask for DMA addresses (dma_buf_map_attachment)',
    args: shape({
      dir: { enum: Object.keys(DIRECTIONS), default: 'bidi' },
      key: text('name for its addresses in later words'),
    }),
  },
  unmap: { summary: 'give the addresses back', args: shape() },
  pin: { summary: 'ask that the memory stay in place', args: shape() },
  unpin: { summary: 'let it move again', args: shape() },
  status: { summary: 'what the importer counted so far', args: shape() },
  translate: {
    summary: 'what the IOMMU holds for places in the mapping',
    args: shape(
      { offsets: { type: 'array', items: sizeField('bytes'), description: 'from the start of the mapping' } },
      ['offsets'],
    ),
  },
  dmaRead: {
    summary: 'let an engine read into its buffer',
    args: shape({ ...moving, offset }, ['length']),
    byHardware: true,
  },
  dmaWrite: {
    summary: 'let an engine write its buffer out',
    args: shape({ ...moving, offset }, ['length']),
    byHardware: true,
  },
  dmaCopy: {
    summary: 'let an engine read at one place and write at another',
    args: shape({ ...moving, from: offset, to: offset }, ['length']),
    byHardware: true,
  },
}
