import { drive, type Kernel, MappingCount, type Shared, soloKernel, UNWATCHED } from '@barter/core'
import { expect, test } from 'vitest'

const made = () => new MappingCount(soloKernel(), 'buf')

test('VFIO-23, INV-6: one for the exporter and one for each mapping; the wait ends when all are gone', () => {
  const count = made()
  count.get()
  expect(count.count).toBe(2)
  count.put()
  expect(() => drive(count.waitForAll())).toThrow('would wait')
  count.put()
  drive(count.waitForAll())
  expect(count.count).toBe(0)
})

test('REV-3: armed again it is as new, and can be waited for again', () => {
  const count = made()
  for (let round = 0; round < 2; round++) {
    count.get()
    count.put()
    count.put()
    drive(count.waitForAll())
    count.rearm()
    expect(count.count).toBe(1)
  }
})

test('INV-6: neither a mapping after the last nor one drop too many', () => {
  const count = made()
  count.put()
  expect(() => {
    count.get()
  }).toThrow('came while all were to be gone')
  expect(() => {
    count.put()
  }).toThrow('dropped too often')
})

test('BUG-1: a drop that does not look says that it found nothing, and a second wait never ends', () => {
  const count = made()
  expect(count.putUnchecked()).toBe(true)
  drive(count.waitForAll())
  expect([count.putUnchecked(), count.count]).toEqual([false, 0])
  expect(() => drive(count.waitForAll())).toThrow('would wait')
})

test('INV-6: a drop too many tells explorers that it looked, as it depends on all before it', () => {
  const seen: string[] = []
  const told = (name: string): Shared => ({ ...UNWATCHED, readValue: (value) => void seen.push(`${name}: ${value}`) })
  const solo = soloKernel()
  const kernel: Kernel = Object.assign(Object.create(solo) as Kernel, { shared: told })
  const count = new MappingCount(kernel, 'buf')
  count.put()
  expect(seen).toEqual([])
  expect(() => {
    count.put()
  }).toThrow('dropped too often')
  expect(count.putUnchecked()).toBe(false)
  expect(seen).toEqual(['way of a mapping count: 1', 'way of a mapping count: 1'])
})
