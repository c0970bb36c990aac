import { describe, expect, test } from 'vitest'
import { step, tell } from './house.ts'

const lend = [step('open', 'disk'), step('export', 'disk', { bar: 0, as: 'buf' })]

/** What each step of an actor gave. */
const results = (report: ReturnType<typeof tell>, actor: string) =>
  report.outcomes.filter((one) => one.actor === actor).map(({ result }) => result)

describe('steps on other actors', () => {
  test('an actor that is started begins then, and a look says what it waits for until it is through', () => {
    const report = tell({
      actors: {
        vmm: [
          ...lend,
          step('import', 'buf', { on: 'nic', as: 'mr' }),
          step('read', 'mr', { length: 1 }),
          step('start', 'resetter'),
          step('sleep', '1 ms'),
          step('look', 'resetter'),
          step('wait', 'resetter', { until: 'done' }),
          step('look', 'resetter'),
        ],
        resetter: [step('sleep', '5 ms')],
      },
      process: { resetter: 'vmm' },
    })
    const [, , , , , , before, , after] = results(report, 'vmm')
    expect(before).toEqual({ kind: 'ok', value: { done: false, on: 'time', why: 'sleeps 5000 ticks' } })
    expect(after).toEqual({ kind: 'ok', value: { done: true } })
    const started = report.outcomes.find((one) => one.actor === 'resetter')?.started ?? 0
    expect(started).toBeGreaterThan(report.outcomes[4]?.started ?? Infinity)
  })

  test('one whom nobody starts never begins', () => {
    const report = tell({ actors: { vmm: [step('sleep', '1 ms')], late: [step('start', 'late')] } })
    expect(results(report, 'late')).toEqual([expect.objectContaining({ kind: 'not-reached' })])
  })

  test('a wait may give up: ETIMEDOUT', () => {
    const report = tell({
      actors: {
        vmm: [step('wait', 'nic', { until: 'done', timeout: '2 ms', expect: 'ETIMEDOUT' })],
        nic: [step('sleep', '1 s')],
      },
    })
    expect(report.verdict).toBe('pass')
    expect(report.outcomes[0]?.ended).toBeLessThan(3000)
  })

  test('VFIO-19: a process that is killed gives everything back, its buffers outlive it elsewhere', () => {
    const report = tell({
      actors: {
        owner: [...lend, step('idle', ''), step('sleep', '1 s')],
        vmm: [step('fdinfo', 'buf'), step('kill', 'owner'), step('fdinfo', 'buf')],
      },
    })
    const counts = results(report, 'vmm').map((one) => (one.kind === 'ok' ? one.value : one.kind))
    expect(counts).toEqual([
      { size: 65536, count: 2, exporter: 'lender', name: null },
      undefined,
      { size: 65536, count: 1, exporter: 'lender', name: null },
    ])
    expect(results(report, 'owner').at(-1)).toMatchObject({ kind: 'not-reached' })
  })

  test('INV-28: what is made when one who was to use it is gone is not sent there', () => {
    const report = tell({
      actors: {
        killer: [step('kill', 'user')],
        vmm: [step('sleep', '1 ms'), ...lend, step('fdinfo', 'buf')],
        user: [step('sleep', '1 us'), step('fdinfo', 'buf')],
      },
    })
    expect(report.violations).toEqual([])
    expect(results(report, 'vmm').at(-1)).toMatchObject({ value: { count: 1 } })
    expect(results(report, 'user').at(-1)).toMatchObject({ kind: 'not-reached' })
  })
})

describe('steps of the host', () => {
  test('TRG-15: a driver that is bound is seen, and no longer as soon as it is being unbound', () => {
    const report = tell({
      actors: { vmm: [step('boundDriver', 'disk'), step('unbind', 'disk'), step('boundDriver', 'disk')] },
    })
    const [before, , after] = results(report, 'vmm')
    expect(before).toEqual({ kind: 'ok', value: { present: true, driver: 'lender' } })
    expect(after).toEqual({ kind: 'ok', value: { present: true, driver: null } })
  })

  test('TRG-15: without a driver there is nothing to open, and no character device at all', () => {
    const report = tell({
      actors: {
        vmm: [
          step('unbind', 'disk'),
          step('open', 'disk', { as: 'group', expect: 'ENODEV' }),
          step('open', 'disk', { cdev: true, as: 'own', expect: 'ENOENT' }),
        ],
      },
    })
    expect(report.verdict).toBe('pass')
  })

  test('TRG-15: a function is removed some seconds after the button, and answers nothing then', () => {
    const report = tell({
      actors: {
        vmm: [
          step('unplug', 'disk'),
          step('sleep', '4 s'),
          step('boundDriver', 'disk'),
          step('sleep', '2 s'),
          step('boundDriver', 'disk'),
          step('setpci', 'disk', { register: 'command' }),
          step('bind', 'disk', { expect: 'ENODEV' }),
        ],
      },
    })
    const [, , before, , after, register] = results(report, 'vmm')
    expect(before).toEqual({ kind: 'ok', value: { present: true, driver: 'lender' } })
    expect(after).toEqual({ kind: 'ok', value: { present: false, driver: null } })
    expect(register).toEqual({ kind: 'ok', value: { value: 0xffff } })
  })

  test('TRG-18: registers change behind the driver, bit by bit or whole', () => {
    const report = tell({
      actors: {
        root: [
          step('setpci', 'nic', { register: 'command', value: 0x7n }),
          step('setpci', 'nic', { register: 'command', clear: 0x2n }),
          step('setpci', 'nic', { offset: 4, width: 2, set: 0x2n }),
          step('setpci', 'nic', { register: 'acs', expect: 'ENOENT' }),
        ],
      },
    })
    expect(report.verdict).toBe('pass')
    expect(results(report, 'root').flatMap((one) => (one.kind === 'ok' ? one.value : []))).toEqual([
      { value: 7 },
      { value: 5 },
      { value: 7 },
    ])
  })

  test('P2P-18, P2P-24: a distance, and none to a client that is no PCI function', () => {
    const report = tell({
      actors: {
        root: [step('distance', 'disk', { to: 'nic' }), step('distance', 'disk', { to: 'misc', verbose: true })],
      },
    })
    expect(results(report, 'root')).toEqual([
      { kind: 'ok', value: { distance: 4 } },
      { kind: 'ok', value: { distance: -1 } },
    ])
    expect(report.events.find((event) => event.kind === 'log')).toMatchObject({ code: 'not-pci' })
  })

  test('DMA-1: without an IOMMU an address means itself', () => {
    const report = tell({ actors: { root: [step('iommuLookup', 'nic', { address: 0x1000 })] } })
    expect(results(report, 'root')).toEqual([{ kind: 'ok', value: { physical: 0x1000 } }])
  })
})

describe('imports on behalf of others', () => {
  test('a driver may act for a device that it is not bound to', () => {
    const report = tell({
      drivers: { disk: 'lender', gpu: 'lender' },
      actors: {
        vmm: [...lend, step('import', 'buf', { on: 'gpu', driver: 'borrower', as: 'mr' }), step('close', 'mr')],
      },
    })
    expect(report.verdict).toBe('pass')
  })

  test('DMB-4: a descriptor that is not open, or no dma-buf', () => {
    const report = tell({
      actors: {
        vmm: [
          step('import', 'closed', { on: 'nic', expect: 'EBADF' }),
          step('import', 'stdin', { on: 'nic', expect: 'EINVAL' }),
        ],
      },
    })
    expect(report.verdict).toBe('pass')
  })

  test('DMB-30: a buffer understands the words of its file', () => {
    const report = tell({ actors: { vmm: [...lend, step('seek', 'buf', { whence: 'end', offset: 0 })] } })
    expect(results(report, 'vmm').at(-1)).toEqual({ kind: 'ok', value: { position: 65536 } })
  })
})
