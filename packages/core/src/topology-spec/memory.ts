/** RAM of a spec: as on a PC, or range by range. */
import { GiB, overlaps, physAddr, type PhysRange } from '../address.ts'
import { sizeAt, specError } from './spec-error.ts'
import type { TopologySpec } from './spec.ts'

const DEFAULT_MEMORY = 4 * GiB
/** RAM below 4 GiB ends here; between this and 4 GiB lie 32-bit BARs and the chipset's own registers. */
export const LOW_MEMORY_END = 2 * GiB
const HIGH_MEMORY_START = 4 * GiB

/** **Shape** ranges by rising address, apart from each other. */
export function memoryOf(spec: TopologySpec): PhysRange[] {
  const { memory = DEFAULT_MEMORY } = spec
  if (typeof memory === 'number' || typeof memory === 'string') return asOnAPc(sizeAt('memory', memory))
  const ranges = memory.map(({ start, length }, i) => ({
    start: physAddr(sizeAt(`memory[${i}].start`, start)),
    length: sizeAt(`memory[${i}].length`, length),
  }))
  ranges.sort((a, b) => a.start - b.start)
  for (const [i, one] of ranges.entries()) {
    const next = ranges[i + 1]
    if (next !== undefined && overlaps(one.start, one.length, next.start, next.length)) {
      throw specError('memory', 'two ranges overlap', 'write ranges that are apart')
    }
  }
  return ranges
}

function asOnAPc(bytes: number): PhysRange[] {
  const low = { start: physAddr(0), length: Math.min(bytes, LOW_MEMORY_END) }
  if (bytes <= LOW_MEMORY_END) return bytes === 0 ? [] : [low]
  return [low, { start: physAddr(HIGH_MEMORY_START), length: bytes - LOW_MEMORY_END }]
}
