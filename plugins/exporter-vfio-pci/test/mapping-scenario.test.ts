import { describe, expect, test } from 'vitest'
import { step, tell } from './scenario.ts'

describe('mappings in a scenario', () => {
  test('MM-1 to MM-9: a process maps, stores, cannot pin, gets SIGBUS, and unmaps', () => {
    const told = tell({
      vmm: [
        step('open', 'nvme'),
        step('mmap', 'nvme', { bar: 0 }, 'm'),
        step('store', 'm', { data: 'hello' }),
        step('load', 'm', { length: 5 }),
        step('load', 'm', { length: 5, guest: true }),
        step('pin', 'm'),
        step('configWrite', 'nvme', { register: 'command', value: '0x101' }),
        step('load', 'm', { length: 5 }),
        step('load', 'm', { length: 5, guest: true }),
        step('close', 'm'),
        step('load', 'm', { length: 5 }),
      ],
    })
    expect(told.results('vmm')).toEqual([
      'ok',
      'ok',
      'ok',
      '"hello"',
      '"hello"',
      'EFAULT MM-3',
      'ok',
      'SIGBUS MM-6',
      'EFAULT MM-8',
      'ok',
      'SIGSEGV MM-1',
    ])
    expect(told.report.violations).toEqual([])
  })

  test('MM-10: a mapping keeps the device open after its descriptor is gone, so an unbind waits for it', () => {
    const told = tell({
      vmm: [
        step('open', 'nvme'),
        step('mmap', 'nvme', { bar: 0 }, 'm'),
        step('store', 'm', { data: 'late' }),
        step('close', 'nvme'),
        step('sleep', '20 ms'),
        step('load', 'm', { length: 4 }),
      ],
      admin: [step('sleep', '10 ms'), step('unbind', 'nvme')],
    })
    expect(told.results('vmm')).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', '"late"'])
    expect(told.ended('unbind')).toBeGreaterThan(20_000)
    expect(told.report.violations).toEqual([])
  })
})
