import { describe, expect, test } from 'vitest'
import { compareStep, sameJson } from '../src/compare.ts'
import type { JsonObject } from '../src/recording.ts'

const compare = (op: string, expected: JsonObject, got: JsonObject) => compareStep(op, expected, { saw: got })

const mapping = (change: JsonObject = {}): JsonObject => ({
  ok: true,
  mapType: 'THRU_HOST_BRIDGE',
  addressKind: 'iova',
  nents: 1,
  entries: [{ length: '0x1000', address: '0xfffff000' }],
  ...change,
})

describe('comparing what was seen', () => {
  test('equal answers agree; only the fields that differ are told', () => {
    expect(compare('reset', { ok: true }, { ok: true })).toBeUndefined()
    expect(compare('reset', { ok: true }, { errno: 'ENOTTY' })).toEqual({
      expected: { ok: true },
      got: { errno: 'ENOTTY' },
    })
    expect(compare('open', { ok: true, command: '0x103' }, { ok: true, command: '0x3' })).toEqual({
      expected: { command: '0x103' },
      got: { command: '0x3' },
    })
  })

  test('the value of an IOVA is not compared, that of a bus address is; lengths always are', () => {
    const moved = (change: JsonObject) => mapping({ ...change, entries: [{ length: '0x1000', address: '0xbffff000' }] })
    expect(compare('map', mapping(), moved({}))).toBeUndefined()
    const bus = { addressKind: 'bus', mapType: 'BUS_ADDR' }
    expect(compare('map', mapping(bus), moved(bus))).toBeDefined()
    expect(compare('map', mapping(), mapping({ entries: [{ length: '0x2000', address: '0xfffff000' }] }))).toBeDefined()
  })

  test('where a thread waits is compared, the kernel function is not; so inside what a finished step saw', () => {
    const blocked = { blocked: true, waitsFor: 'unmap' }
    expect(compare('start', { ...blocked, in: 'vfio_pci_dma_buf_move' }, blocked)).toBeUndefined()
    expect(compare('start', blocked, { blocked: true, waitsFor: 'fences' })).toBeDefined()
    const then = (saw: JsonObject) => ({ blocked: false, then: saw })
    expect(compare('wait', then({ ok: true, fault: true }), then({ ok: true }))).toBeUndefined()
    expect(compare('wait', then({ ok: true }), then({ errno: 'EAGAIN' }))).toBeDefined()
  })

  test('a fault that was or was not logged, and the place of the interrupt table, are left out', () => {
    expect(compare('dmaCopy', { ok: true, arrived: false, fault: true }, { ok: true, arrived: false })).toBeUndefined()
    expect(compare('regionInfo', { ok: true, flags: ['read', 'caps'] }, { ok: true, flags: ['read'] })).toBeUndefined()
    expect(compare('regionInfo', { ok: true, flags: ['read', 'mmap'] }, { ok: true, flags: ['read'] })).toBeDefined()
  })

  test('messages of the kernel are part of what was seen', () => {
    const log = [{ message: 'not-pci' }]
    expect(compare('distance', { ok: true, distance: -1, log }, { ok: true, distance: -1 })).toEqual({
      expected: { log },
      got: {},
    })
  })

  test('values are equal as values: keys in any order, lists in theirs, hex in any case', () => {
    expect(sameJson({ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 })).toBe(true)
    expect(sameJson([1, 2], [2, 1])).toBe(false)
    expect([sameJson('0xAB', '0xab'), sameJson('AB', 'ab'), sameJson({ a: 1 }, { a: 1, b: null })]).toEqual([
      true,
      false,
      false,
    ])
  })
})
