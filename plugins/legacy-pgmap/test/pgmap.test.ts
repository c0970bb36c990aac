import { GiB, KiB, MiB } from '@barter/core'
import { describe, expect, test } from 'vitest'
import { checkPin, pgmapCost } from '../src/index.ts'
import { answer, memoryOf } from './machine.ts'

describe('PGM-6: what it costs', () => {
  test('PGM-6: 100 GiB in pages of 4 KiB take 1600 MiB, in pages of 64 KiB 100 MiB', () => {
    expect(pgmapCost(100 * GiB, 4 * KiB)).toEqual({ pages: 26_214_400, bytes: 1600 * MiB, share: 0.015625 })
    expect(pgmapCost(100 * GiB, 64 * KiB)).toMatchObject({ pages: 1_638_400, bytes: 100 * MiB })
  })

  test('PGM-6: 100 GB, as vendors count, take 1.5625 GB', () => {
    expect(pgmapCost(100e9, 4 * KiB).bytes).toBe(1.5625e9)
  })
})

test('P2P-13: a page may be of ordinary memory, which has no map type; where there is no page there is no answer', () => {
  const { memory, device } = memoryOf()
  const { range } = memory.addResource(device('store'), { bar: 2, offset: 0, size: 4 * MiB })
  const types = (at: number) => ['nic', 'far'].map((name) => memory.pageMapType(at, device(name)))
  expect(types(range.start)).toEqual(['bus-addr', 'thru-host-bridge'])
  expect(types(range.start + 4 * MiB - 1)).toEqual(['bus-addr', 'thru-host-bridge'])
  expect(types(64 * MiB)).toEqual(['none', 'none'])
  expect(types(range.start + 4 * MiB)).toEqual([undefined, undefined])
})

describe('PGM-1: adding a resource', () => {
  const add = (name: string, bar: number, offset = 0, size = 0, house = {}) => {
    const { memory, device } = memoryOf(house)
    return answer(() => memory.addResource(device(name), { bar, offset, size }))
  }

  test('PGM-2: a BAR or a piece that is not in whole subsections never gets pages', () => {
    expect(add('store', 2)).toBe('ok')
    expect(add('store', 0)).toBe('EINVAL PGM-2')
    expect(add('nic', 0)).toBe('EINVAL PGM-2')
    expect(add('store', 2, 1 * MiB, 2 * MiB)).toBe('EINVAL PGM-2')
    expect(add('store', 2, 2 * MiB, 3 * MiB)).toBe('EINVAL PGM-2')
    expect(add('store', 2, 2 * MiB, 2 * MiB)).toBe('ok')
  })

  test('PGM-3: an older kernel wants whole sections: 16 MiB are too little on x86-64', () => {
    expect(add('store', 2, 0, 0, { wholeSections: true })).toBe('EINVAL PGM-2')
    expect(add('card', 0, 0, 128 * MiB, { wholeSections: true })).toBe('ok')
    expect(add('card', 0, 0, 64 * MiB, { wholeSections: true })).toBe('EINVAL PGM-2')
  })

  test('PGM-4: the same addresses twice, and pages of a piece beside it', () => {
    const { memory, device } = memoryOf()
    const store = device('store')
    const first = { bar: 2, offset: 0, size: 4 * MiB }
    expect(answer(() => memory.addResource(store, first))).toBe('ok')
    expect(answer(() => memory.addResource(store, { ...first, offset: 2 * MiB }))).toBe('ENOMEM PGM-4')
    expect(answer(() => memory.addResource(store, { ...first, offset: 4 * MiB }))).toBe('ok')
    expect(memory.status(store)).toEqual({ size: 8 * MiB, available: 8 * MiB, published: false })
  })

  test('PGM-5: an architecture without', () => {
    expect(add('store', 2, 0, 0, { facts: { pgmap: false } })).toBe('ENXIO PGM-5')
    expect(add('store', 0, 0, 0, { facts: { pgmap: false } })).toBe('ENXIO PGM-5')
    expect(add('store', 5, 0, 0, { facts: { pgmap: false } })).toBe('EINVAL PGM-1')
  })

  test('PGM-1: the log tells the range', () => {
    const { memory, device, trace } = memoryOf()
    const { range } = memory.addResource(device('store'), { bar: 2, offset: 0, size: 0 })
    const line = trace.events.find((event) => event.kind === 'log')
    expect(line).toMatchObject({ rule: 'PGM-1', message: expect.stringContaining(range.start.toString(16)) as string })
  })
})

describe('PGM-7: pages handed out', () => {
  function filled() {
    const { memory, device } = memoryOf()
    const store = device('store')
    memory.addResource(store, { bar: 2, offset: 0, size: 0 })
    return { memory, store, take: (length: number) => memory.alloc(store, length) ?? expect.fail('none left') }
  }

  test('PGM-7: first fit in whole pages, and neighbours grow together again', () => {
    const { memory, store, take } = filled()
    const [a, b, c] = [take(1), take(8 * KiB), take(4 * KiB)]
    expect([a.offset, b.offset, c.offset]).toEqual([0, 4 * KiB, 12 * KiB])
    b.map.put(b)
    expect(take(4 * KiB).offset).toBe(4 * KiB)
    a.map.put(a)
    expect(take(8 * KiB).offset).toBe(16 * KiB)
    c.map.put(c)
    expect(memory.status(store).available).toBe(16 * MiB - 12 * KiB)
    expect(take(8 * KiB).offset).toBe(8 * KiB)
  })

  test('PGM-7: an empty pool and a device without one give nothing', () => {
    const { memory, store, take } = filled()
    take(16 * MiB)
    expect(memory.alloc(store, 1)).toBeUndefined()
    expect(memory.alloc(memoryOf().device('nic'), 1)).toBeUndefined()
  })

  test('PGM-8: user space gets an errno instead, the first that fits', () => {
    const { memory, store, take } = filled()
    const ask = (offset: bigint, bar = 2, device = store) => answer(() => memory.allocate(device, bar, offset, 4 * KiB))
    expect(ask(0n)).toBe('ok')
    expect(ask(4096n, 2, memoryOf().device('nic'))).toBe('EINVAL PGM-8')
    expect(ask(0n, 2, memoryOf().device('nic'))).toBe('ENODEV PGM-8')
    expect(ask(0n, 0)).toBe('ENODEV PGM-8')
    take(16 * MiB - 4 * KiB)
    expect(ask(0n)).toBe('ENOMEM PGM-8')
  })

  test('INV-28: pages that are not back', () => {
    const { memory, store, take } = filled()
    const pages = take(8 * KiB)
    expect(memory.leftovers()).toEqual([{ device: store, lent: 8 * KiB }])
    pages.map.put(pages)
    expect(memory.leftovers()).toEqual([])
    expect(() => {
      pages.map.put(pages)
    }).toThrow('nobody holds')
  })
})

test.each([
  [false, false, 'EREMOTEIO PGM-9'],
  [false, true, 'EREMOTEIO PGM-9'],
  [true, true, 'EINVAL PGM-9'],
  [true, false, 'ok'],
])('PGM-9: pages are pinned with FOLL_PCI_P2PDMA %s, FOLL_LONGTERM %s: %s', (p2pdma, longterm, expected) => {
  expect(answer(() => checkPin({ p2pdma, longterm }))).toBe(expected)
})
