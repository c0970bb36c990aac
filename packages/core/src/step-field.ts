/**
 * Schemas of the quantities that steps carry. Users write numbers or text; `format` says what a machine makes of it:
 * `size` bytes as a number, `u64` an unchecked `bigint` as a system call would carry it, `ticks` virtual time.
 */
import type { JsonSchema } from './scenario.ts'

/** `4096`, `0x1000`, `64 KiB`; below 2^52. */
export const sizeField = (description: string): JsonSchema => ({
  type: ['integer', 'string'],
  format: 'size',
  description,
})

/** As a size, but any u64, so that hostile values reach the driver: `0xffff_ffff_ffff_f000`. Sizes beyond are refused. */
export const u64Field = (description: string): JsonSchema => ({
  type: ['integer', 'string'],
  format: 'u64',
  description,
})

/**
 * The name of something that a step made. **Shape** `of`: kinds of handles, or types of objects; `or`: what else may stand
 * there, `word` any name, `number` an id that names nothing.
 */
export const handleField = (description: string, of: readonly string[], or?: 'word' | 'number'): JsonSchema => ({
  type: or === 'number' ? ['integer', 'string'] : 'string',
  format: 'handle',
  description,
  of,
  ...(or === undefined ? {} : { or }),
})

/** `500`, `500 us`, `30 ms`, `1 s`. */
export const ticksField = (description: string): JsonSchema => ({
  type: ['integer', 'string'],
  format: 'ticks',
  description,
})
