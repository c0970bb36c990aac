import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GiB, KiB, MiB } from '@barter/core'
import { PageTable, type Rights } from '../src/hardware/page-table.ts'

const PAGE = 4 * KiB

/** Addresses near the places where leaves change size, and lengths of a few pages or a few big leaves. */
const edges = [0, 2 * MiB, GiB, 512 * GiB, 2 ** 47]
const at = fc
  .tuple(fc.constantFrom(...edges), fc.integer({ min: 0, max: 1100 }))
  .map(([edge, pages]) => edge + pages * PAGE)
const length = fc.oneof(
  fc.integer({ min: 1, max: 8 }).map((pages) => pages * PAGE),
  fc.integer({ min: 1, max: 3 }).map((leaves) => leaves * 2 * MiB),
)
const target = fc
  .tuple(fc.constantFrom(0x40_0000_0000, 0x40_0000_0000 + PAGE), fc.integer({ min: 0, max: 700 }))
  .map(([base, pages]) => base + pages * PAGE)
const step = fc.record({ at, length, target, rights: fc.constantFrom<Rights>(1, 2, 3), unmap: fc.boolean() })

/** The same as a list of pages. */
class Pages {
  readonly pages = new Map<number, { target: number; rights: number }>()
  map(at: number, target: number, length: number, rights: number): void {
    for (let i = 0; i < length; i += PAGE) this.pages.set(at + i, { target: target + i, rights })
  }
  unmap(at: number, length: number): void {
    for (let i = 0; i < length; i += PAGE) this.pages.delete(at + i)
  }
  get = (at: number) => this.pages.get(at - (at % PAGE))
}

describe('page tables', () => {
  test('DMA-9: a table answers as a list of pages would, however its leaves are chosen', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.array(at, { minLength: 4, maxLength: 4 }), (steps, looks) => {
        const table = new PageTable('test')
        const model = new Pages()
        const mapped: { at: number; length: number }[] = []
        for (const { at, length, target, rights, unmap } of steps) {
          const old = mapped.shift()
          if (unmap && old !== undefined) {
            expect(table.unmap(old.at, old.length)).toBe(old.length)
            model.unmap(old.at, old.length)
          } else if (old !== undefined) mapped.push(old)
          const taken = [...model.pages.keys()].filter((page) => page >= at && page < at + length)
          expect(table.firstMapped(at, length)).toBe(taken.length === 0 ? undefined : Math.min(...taken))
          if (taken.length > 0) continue
          table.map(at, target, length, rights)
          model.map(at, target, length, rights)
          mapped.push({ at, length })
        }
        expect(table.mapped).toBe(model.pages.size * PAGE)
        for (const look of [...looks, ...mapped.flatMap(({ at, length }) => [at, at + length - 1, at + length])]) {
          const leaf = table.walk(look)
          const page = model.get(look)
          const into = look % PAGE
          expect(leaf && { target: leaf.target + (look - leaf.start), rights: leaf.rights }).toEqual(
            page && { target: page.target + into, rights: page.rights },
          )
          if (leaf === undefined) continue
          expect([leaf.start % leaf.length, leaf.target % leaf.length]).toEqual([0, 0])
          expect(leaf.start <= look && look < leaf.start + leaf.length).toBe(true)
        }
      }),
    )
  })

  test('DMA-9: it takes the biggest leaf that both addresses and the length allow', () => {
    const table = new PageTable('test')
    const bar = 0x40_0000_0000
    table.map(4 * GiB, bar, 128 * GiB, 3)
    expect(table.walk(4 * GiB + 5 * GiB + 7)).toMatchObject({ start: 9 * GiB, length: GiB, target: bar + 5 * GiB })
    table.map(GiB - 2 * MiB - PAGE, bar - 2 * MiB - PAGE, GiB + 2 * MiB + 2 * PAGE, 1)
    const leafAt = (address: number) => table.walk(address)?.length
    const edges = [GiB - 2 * MiB - 1, GiB - 1, GiB, 2 * GiB - 1, 2 * GiB]
    expect(edges.map(leafAt)).toEqual([PAGE, 2 * MiB, GiB, GiB, PAGE])
  })

  test('INV-28: a leaf that reaches out of an unmapped range stays', () => {
    const table = new PageTable('test')
    table.map(0, 0, 2 * GiB, 3)
    expect(table.unmap(0, 2 * GiB - PAGE)).toBe(GiB)
    expect([table.mapped, table.walk(GiB)?.length]).toEqual([GiB, GiB])
  })
})
