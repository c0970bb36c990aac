import { KernelError } from '@barter/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { choosePlace, holes, type Span, ULONG_MAX } from '../src/iova-space.ts'

const PAGE = 4096n
const spans = fc.array(
  fc.tuple(fc.bigInt({ min: 0n, max: 64n }), fc.bigInt({ min: 1n, max: 8n })).map(([at, pages]): Span => ({
    first: at * PAGE,
    last: (at + pages) * PAGE - 1n,
  })),
  { maxLength: 8 },
)
const overlap = (a: Span, b: Span): boolean => a.first <= b.last && b.first <= a.last

describe('holes', () => {
  test('are all that nobody has, in order', () => {
    fc.assert(
      fc.property(spans, fc.bigInt({ min: 0n, max: 80n }), (taken, page) => {
        const free = holes(taken, { first: 0n, last: ULONG_MAX })
        const at = page * PAGE
        const inHole = free.some(({ first, last }) => at >= first && at <= last)
        expect(inHole).toBe(!taken.some(({ first, last }) => at >= first && at <= last))
        for (const [i, hole] of free.entries()) expect(i === 0 || hole.first > (free[i - 1]?.last ?? 0n)).toBe(true)
      }),
    )
  })
})

describe('a place that the kernel chooses', () => {
  test('is free, aligned as far as the source is and up to 2 MiB, and the lowest such place', () => {
    fc.assert(
      fc.property(
        spans,
        fc.bigInt({ min: 1n, max: 1024n }),
        fc.bigInt({ min: 0n, max: 1024n }),
        (taken, pages, from) => {
          const length = pages * PAGE
          const source = from * PAGE
          const at = choosePlace(taken, { length, source, alignment: PAGE, pageSize: PAGE })
          const own = (first: bigint): Span => ({ first, last: first + length - 1n })
          expect(taken.some((one) => overlap(one, own(at)))).toBe(false)
          expect(at).toBeGreaterThanOrEqual(PAGE)
          let step = PAGE
          while (step * 2n <= 2n ** 21n && step < length && (source === 0n || source % (step * 2n) === 0n)) step *= 2n
          expect(at % step).toBe(0n)
          for (let lower = at - step; lower >= PAGE; lower -= step) {
            expect(taken.some((one) => overlap(one, own(lower)))).toBe(true)
          }
        },
      ),
    )
  })

  test.each([
    ['EOVERFLOW', { length: ULONG_MAX, source: 0n }],
    ['EINVAL', { length: PAGE, source: 0x800n }],
  ])('%s', (errno, what) => {
    const choose = () => choosePlace([], { ...what, alignment: PAGE, pageSize: PAGE })
    expect(choose).toThrow(KernelError)
    expect(choose).toThrow(expect.objectContaining({ errno }))
  })
})
