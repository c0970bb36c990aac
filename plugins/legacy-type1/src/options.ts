/** What user space says when it maps something into a container (`VFIO_IOMMU_MAP_DMA`). */
import { type Direction, handleField, type JsonSchema, sizeField, type StepValue } from '@barter/core'

export interface MapRequest {
  /** Where the device is to see it; user space chooses. */
  readonly iova: number
  /** Bytes from the start of the mapping, and how many. */
  readonly offset: number
  readonly length: number
  readonly direction: Direction
  /** Devices of one container share its addresses. */
  readonly container: string | undefined
}

const DIRECTIONS: Readonly<Record<string, Direction>> = { rw: 'bidirectional', r: 'to-device', w: 'from-device' }

/** JSON Schema of the options of `import`. */
export const type1Options: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['iova'],
  properties: {
    iova: sizeField('address under which the device reaches it'),
    offset: sizeField('bytes from the start of the mapping; 0 unless given'),
    length: sizeField('bytes; the rest of the mapping unless given'),
    rights: { enum: Object.keys(DIRECTIONS), default: 'rw', description: 'what the device may do' },
    container: handleField(
      'the container, opened or by any name; the one its group is in, or one of its own, unless given',
      ['container'],
      'word',
    ),
  },
}

/** **Shape** `mapped`: bytes of the mapping. */
export function mapRequest(given: Readonly<Record<string, StepValue>>, mapped: number): MapRequest {
  const offset = Number(given.offset ?? 0)
  const rights = typeof given.rights === 'string' ? given.rights : 'rw'
  return {
    iova: Number(given.iova ?? 0),
    offset,
    length: given.length === undefined ? mapped - offset : Number(given.length),
    direction: DIRECTIONS[rights] ?? 'bidirectional',
    container: typeof given.container === 'string' ? given.container : undefined,
  }
}
