import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GiB, KiB, MiB } from '@barter/core'
import { IovaAllocator } from '../src/software/iova-allocator.ts'

const PAGE = 4 * KiB
const SPAN_32 = 4 * GiB

describe('the IOVA allocator', () => {
  test('DMA-6: it gives from the top down, sizes of a few pages rounded up to a power of two', () => {
    const space = new IovaAllocator(PAGE)
    const give = (size: number) => space.allocate(size, SPAN_32)
    expect([give(PAGE), give(3 * PAGE), give(PAGE), give(PAGE)]).toEqual([
      0xffff_f000,
      // Three pages take four, on a multiple of four; the single ones go into the gap that this leaves.
      0xffff_8000, 0xffff_e000, 0xffff_d000,
    ])
    // From 32 pages on a size stays as it is, only its place is rounded.
    expect([give(40 * PAGE), give(PAGE)]).toEqual([0xfffc_0000, 0xffff_c000])
  })

  test('DMA-6: a range is aligned to its own size, up to hundreds of GiB', () => {
    const space = new IovaAllocator(PAGE)
    expect(space.allocate(128 * GiB, 2 ** 48)).toBe(2 ** 48 - 128 * GiB)
    expect(space.allocate(96 * GiB, 2 ** 48)).toBe(2 ** 48 - 256 * GiB)
  })

  test('DMA-6: the last page of the space is IOVA 0, which is never given', () => {
    const space = new IovaAllocator(PAGE)
    expect([space.allocate(PAGE, 2 * PAGE), space.allocate(PAGE, 2 * PAGE)]).toEqual([PAGE, undefined])
  })

  test('DMA-7: what is reserved is never given, and what is given is free, aligned, and below the limit', () => {
    const pages = fc.integer({ min: 1, max: 70 })
    const region = fc.record({ start: fc.integer({ min: 0, max: 500 }), length: pages })
    const ops = fc.array(fc.oneof(pages, fc.constant('free' as const)), { maxLength: 40 })
    const limits = fc.constantFrom(256, 300, 512)
    fc.assert(
      fc.property(fc.array(region, { maxLength: 5 }), ops, limits, (reserved, steps, limit) => {
        const space = new IovaAllocator(PAGE)
        for (const { start, length } of reserved) space.reserve(start * PAGE, length * PAGE)
        const given: { start: number; length: number }[] = []
        for (const step of steps) {
          if (step === 'free') {
            const gone = given.splice(Math.floor(given.length / 2), 1)[0]
            if (gone !== undefined) expect(space.free(gone.start * PAGE)).toBe(true)
            continue
          }
          const bytes = space.allocate(step * PAGE, limit * PAGE)
          if (bytes === undefined) continue
          const start = bytes / PAGE
          let alignment = 1
          while (alignment < step) alignment *= 2
          const length = step < 32 ? alignment : step
          expect([start % alignment, start > 0, start + length <= limit]).toEqual([0, true, true])
          const others = [...reserved, ...given]
          expect(others.filter((other) => start < other.start + other.length && other.start < start + length)).toEqual(
            [],
          )
          given.push({ start, length })
        }
        expect([...space.inUse].sort((a, b) => a - b)).toEqual(
          given.map(({ start }) => start * PAGE).sort((a, b) => a - b),
        )
      }),
    )
  })

  test('DMA-6: what is given back is given again; twice, or never given, is not', () => {
    const space = new IovaAllocator(PAGE)
    space.reserve(0, MiB)
    const at = space.allocate(PAGE, SPAN_32) ?? expect.fail()
    expect([space.free(at), space.free(at), space.free(0), space.allocate(PAGE, SPAN_32)]).toEqual([
      true,
      false,
      false,
      at,
    ])
  })
})
