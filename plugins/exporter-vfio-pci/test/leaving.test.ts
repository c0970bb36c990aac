import type { StepValue } from '@barter/core'
import { describe, expect, test } from 'vitest'
import { house } from './house.ts'
import { step, tell, type Told } from './scenario.ts'

const seen = ({ report }: Told): readonly StepValue[] =>
  report.outcomes.flatMap(({ text, result }) =>
    text.startsWith('requestSeen') && result.kind === 'ok' && result.value !== undefined ? [result.value] : [],
  )
const YES = { signalled: true }
const NO = { signalled: false }

describe('the request interrupt', () => {
  test('TRG-15: it is signalled at once and every ten seconds until the device is given back', () => {
    const look = step('requestSeen', 'nvme')
    const told = tell({
      vmm: [
        step('open', 'nvme'),
        step('armRequest', 'nvme'),
        look,
        step('sleep', '2 s'),
        look,
        look,
        step('sleep', '5 s'),
        look,
        step('sleep', '6 s'),
        look,
        step('sleep', '20 s'),
        look,
        look,
        step('close', 'nvme'),
      ],
      admin: [step('sleep', '1 s'), step('unbind', 'nvme')],
    })
    expect(seen(told)).toEqual([NO, YES, NO, NO, YES, YES, NO])
    expect(told.ended('unbind')).toBeGreaterThan(33_000_000)
    expect(told.report.violations).toEqual([])
  })

  test('TRG-15: who arms it late hears of it with the next one; who never does never', () => {
    const machine = house()
    const file = machine.open()
    machine.unbind('nvme')
    machine.settle()
    expect(file.control('requestSeen')).toEqual(NO)
    file.control('armRequest')
    expect(file.control('requestSeen')).toEqual(NO)
    machine.call(() => machine.sleep(10_000_000))
    expect(file.control('requestSeen')).toEqual(YES)
  })
})

describe('a device that goes', () => {
  test('TRG-15, TRG-18: an unplugged device works until its user gives it back, and is gone then', () => {
    const told = tell({
      vmm: [
        step('open', 'nvme'),
        step('armRequest', 'nvme'),
        step('mmap', 'nvme', { bar: 0 }, 'm'),
        step('export', 'nvme', { bar: 0 }, 'buf'),
        step('store', 'm', { data: 'still here' }),
        step('unplug', 'nvme'),
        step('sleep', '8 s'),
        step('requestSeen', 'nvme'),
        step('load', 'm', { length: 10 }),
        step('reset', 'nvme'),
        step('close', 'm'),
        step('close', 'nvme'),
        step('sleep', '1 s'),
        step('boundDriver', 'nvme'),
        step('open', 'nvme'),
        // A dead buffer is only memory, and outlives its device (VFIO-19).
        step('fdinfo', 'buf'),
        step('close', 'buf'),
      ],
    })
    expect(told.results('vmm')).toEqual([
      ...Array.from({ length: 8 }, () => 'ok'),
      '"still here"',
      // The device lock is held by the removal (VFIO-41).
      'EAGAIN TRG-9',
      ...Array.from({ length: 4 }, () => 'ok'),
      'ENODEV TRG-15',
      'ok',
      'ok',
    ])
    expect(seen(told)).toEqual([YES])
    expect(told.report.outcomes.find(({ text }) => text.startsWith('boundDriver'))?.result).toEqual({
      kind: 'ok',
      value: { present: false, driver: null },
    })
    expect(told.report.violations).toEqual([])
  })

  test('TRG-14: the end of a killed owner closes its device, mappings first, and an unbind gets through', () => {
    const told = tell({
      owner: [
        step('open', 'nvme'),
        step('mmap', 'nvme', { bar: 0 }, 'm'),
        step('export', 'nvme', { bar: 0 }, 'buf'),
        step('load', 'm'),
        step('idle', ''),
      ],
      heir: [step('setName', 'buf', { name: 'mine' }), step('wait', 'admin', { until: 'done' })],
      admin: [step('sleep', '1 s'), step('kill', 'owner'), step('unbind', 'nvme')],
    })
    expect(told.results('admin')).toEqual(['ok', 'ok', 'ok'])
    const order = told.report.events.flatMap((event) => {
      if (event.kind === 'note' && event.text.includes('zapped')) return ['zapped']
      return event.kind === 'state' ? [event.state] : []
    })
    expect(order).toEqual(['zapped', 'revoked', 'dead', 'released'])
    expect(told.report.violations).toEqual([])
  })

  test('VFIO-19: a descriptor that was passed on keeps the buffer, not the device', () => {
    const told = tell({
      owner: [step('open', 'nvme'), step('export', 'nvme', { bar: 0 }, 'buf')],
      heir: [step('setName', 'buf', { name: 'mine' }), step('sleep', '1 s'), step('fdinfo', 'buf')],
      admin: [
        step('wait', 'owner', { until: 'done' }),
        step('unbind', 'nvme'),
        step('bind', 'nvme'),
        step('open', 'nvme'),
      ],
    })
    expect(told.results('heir')).toEqual(['ok', 'ok', 'ok'])
    expect(told.results('admin')).toEqual(['ok', 'ok', 'ok', 'ok'])
    expect(told.ended('unbind')).toBeLessThan(1_000_000)
    expect(told.report.violations).toEqual([])
  })
})

test('TRG-17: of a PCI error user space is told, if it wants to hear; buffers and mappings stay as they are', () => {
  const told = tell({
    vmm: [
      step('open', 'nvme'),
      step('mmap', 'nvme', { bar: 0 }, 'm'),
      step('export', 'nvme', { bar: 0 }, 'buf'),
      step('store', 'm', { data: 'as before' }),
      step('pciError', 'nvme'),
      step('errorSeen', 'nvme'),
      step('armError', 'nvme'),
      step('pciError', 'nvme'),
      step('errorSeen', 'nvme'),
      step('errorSeen', 'nvme'),
      step('load', 'm', { length: 9 }),
    ],
  })
  const values = told.report.outcomes.map(({ result }) => (result.kind === 'ok' ? (result.value ?? null) : result.kind))
  expect(values.slice(4)).toEqual([null, NO, null, null, YES, NO, '"as before"'])
  // Of the whole run only the last close revokes.
  const revokes = told.report.events.filter((event) => event.kind === 'state' && event.state === 'revoked')
  expect(revokes.filter(({ tick }) => tick < (told.ended('load') ?? 0))).toEqual([])
})
