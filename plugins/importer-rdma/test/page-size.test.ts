import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GiB, KiB, MiB, physAddr } from '@barter/core'
import { bestPageSize } from '../src/page-size.ts'

const PAGE = 4 * KiB
const at = (...parts: readonly (readonly [address: number, length: number])[]) => {
  let start = 0
  return parts.map(([address, length]) => {
    const segment = { start, length, address: physAddr(address) }
    start += length
    return segment
  })
}

describe('the page size of a translation table', () => {
  test('RDMA-11: the biggest that both address spaces allow, and no bigger than the region needs', () => {
    expect(bestPageSize(at([0x40_0000_0000, 4 * GiB]), 0n)).toBe(2 * GiB)
    expect(bestPageSize(at([0x40_0000_0000, 64 * KiB]), 0n)).toBe(64 * KiB)
    expect(bestPageSize(at([0x40_0000_0000, 64 * KiB]), 0x1000n)).toBe(4 * KiB)
    expect(bestPageSize(at([0x40_0000_0000, 64 * KiB]), 0xffff_ffff_fff0_0000n)).toBe(64 * KiB)
    expect(bestPageSize(at([0x40_0000_0800, 100]), 0x7f00_0000_0800n)).toBe(4 * KiB)
  })

  test('RDMA-11: entries that follow one another count as one, a gap must fall on a page', () => {
    const longest = 4 * GiB - PAGE
    expect(bestPageSize(at([0x40_0000_0000, longest], [0x40_0000_0000 + longest, PAGE]), 0n)).toBe(2 * GiB)
    expect(bestPageSize(at([0x40_0000_0000, 2 * MiB], [0x41_0000_0000, 2 * MiB]), 0n)).toBe(2 * MiB)
    expect(bestPageSize(at([0x40_0000_0000, 2 * MiB + PAGE], [0x41_0000_0000, PAGE]), 0n)).toBe(PAGE)
  })

  test('RDMA-11: no size fits where the places within a page differ', () => {
    expect(bestPageSize(at([0x40_0000_0800, PAGE]), 0n)).toBeUndefined()
  })

  test('RDMA-11: with the size that is found, every byte of a page translates by one entry', () => {
    const pages = fc.integer({ min: 1, max: 40 })
    const part = fc.tuple(fc.integer({ min: 0, max: 5000 }), pages)
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), fc.integer({ min: 0, max: 100 }), (parts, first) => {
        const segments = at(...parts.map(([page, count]) => [page * PAGE, count * PAGE] as const))
        const iova = first * PAGE
        const size = bestPageSize(segments, BigInt(iova)) ?? expect.fail()
        const frames = new Map<number, number>()
        for (const { start, length, address } of segments) {
          for (let i = 0; i < length; i += PAGE) {
            const io = iova + start + i
            const base = address + i - (io % size)
            expect(frames.get(Math.floor(io / size)) ?? base).toBe(base)
            frames.set(Math.floor(io / size), base)
          }
        }
      }),
    )
  })
})
