import { describe, expect, test } from 'vitest'
import { type Bdf, type Access, GiB, KiB } from '@barter/core'
import { PageTable } from '../src/hardware/page-table.ts'
import { type Context, TranslationUnit } from '../src/hardware/translation-unit.ts'
import { requesterId } from '../src/hardware/requester-id.ts'
import { bdfOf, built } from './machine.ts'

const nic = bdfOf('nic')
const BAR = 0x40_0000_0000

function unitWith(context: Context) {
  const faults: string[] = []
  const unit = new TranslationUnit({
    otherwise: 'block',
    requesterId: (from) => requesterId(built.topology, built.topology.get(from)),
    fault: (from, address, why) => faults.push(`${from} ${address.toString(16)} ${why}`),
  })
  unit.setContext(nic, context)
  const ask = (address: number, access: Access = 'read', sent = true) => unit.translate(nic, address, access, sent)
  return { unit, faults, ask }
}

function mapped() {
  const table = new PageTable('d')
  table.map(0x1000, BAR, 8 * KiB, 3)
  return table
}

describe('the translation unit', () => {
  test('HAZ-6: an answer holds to the end of the leaf', () => {
    const { ask } = unitWith(mapped())
    expect(ask(0x1010)).toEqual({ kind: 'mapped', address: BAR + 0x10, length: 4 * KiB - 0x10, cached: false })
    expect(ask(0x1020)).toMatchObject({ address: BAR + 0x20, cached: true })
  })

  test('HAZ-13: a translation that was used lives on until it is flushed', () => {
    const table = mapped()
    const { unit, ask } = unitWith(table)
    ask(0x1000)
    table.unmap(0x1000, 8 * KiB)
    expect([ask(0x1000).kind, ask(0x2000).kind]).toEqual(['mapped', 'fault'])
    unit.flush(table, 0x2000, 4 * KiB)
    expect(ask(0x1000).kind).toBe('mapped')
    unit.flush(table, 0x1000, 4 * KiB)
    expect(ask(0x1000).kind).toBe('fault')
  })

  test('HAZ-13: a flush reaches big leaves by any address inside, and leaves other domains alone', () => {
    const table = new PageTable('a')
    const other = new PageTable('b')
    for (const each of [table, other]) each.map(4 * GiB, BAR, 2 * GiB, 3)
    const { unit, ask } = unitWith(table)
    ask(4 * GiB)
    ask(5 * GiB)
    unit.setContext(nic, other)
    ask(4 * GiB + 1)
    for (const each of [table, other]) each.unmap(4 * GiB, 2 * GiB)
    unit.flush(table, 4 * GiB + 12 * KiB, 4 * KiB)
    expect(ask(4 * GiB).kind).toBe('mapped')
    unit.setContext(nic, table)
    expect([ask(4 * GiB).kind, ask(5 * GiB).kind]).toEqual(['fault', 'mapped'])
    unit.flushAll(table)
    expect(ask(5 * GiB).kind).toBe('fault')
  })

  test('HAZ-6: asking for a route neither caches nor faults', () => {
    const table = mapped()
    const { ask, faults } = unitWith(table)
    expect(ask(0x1000, 'read', false).kind).toBe('mapped')
    table.unmap(0x1000, 8 * KiB)
    expect([ask(0x1000, 'read', false).kind, faults]).toEqual(['fault', []])
    ask(0x1000)
    expect(faults).toEqual([`${nic} 1000 0x1000 is not mapped in d`])
  })

  test('DMA-2: rights are of the device: to-device lets it read, from-device lets it write', () => {
    const table = new PageTable('d')
    table.map(0x1000, BAR, 4 * KiB, 1)
    table.map(0x2000, BAR, 4 * KiB, 2)
    const { ask } = unitWith(table)
    const kinds = [0x1000, 0x2000].flatMap((at) => (['read', 'write'] as const).map((access) => ask(at, access).kind))
    expect(kinds).toEqual(['mapped', 'fault', 'fault', 'mapped'])
  })

  test('HAZ-7: a passing context hands on what it is given; a blocked one, or an address beyond 52 bits, faults', () => {
    const { unit, ask } = unitWith('pass')
    expect(ask(0xf4000000)).toMatchObject({ kind: 'pass', address: 0xf4000000 })
    expect(ask(2 ** 52).kind).toBe('fault')
    expect(unit.translate(bdfOf('nvme'), 0xf4000000, 'read', true)).toEqual({
      kind: 'fault',
      why: 'no domain translates for this requester',
    })
  })
})

describe('requester ids', () => {
  test('HAZ-6: functions behind a PCIe-to-PCI bridge arrive under the first id of its secondary bus', () => {
    const id = (name: string) => requesterId(built.topology, built.topology.get(bdfOf(name)))
    const secondary = built.topology.get(bdfOf('bridge')).bridge?.secondary ?? expect.fail()
    const alias = `0000:${secondary.toString(16).padStart(2, '0')}:00.0` as Bdf
    expect([id('sound'), id('modem'), id('nic'), id('bridge')]).toEqual([alias, alias, nic, bdfOf('bridge')])
  })
})
