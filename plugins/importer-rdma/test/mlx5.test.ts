import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Plugin, Report } from '@barter/core'
import { explore, faults, lend, run, step, told } from './machine.ts'

const register = (args: Parameters<typeof step>[2] = {}) => step('import', 'buf', { on: 'nic', as: 'mr', ...args })
const end = [step('close', 'mr'), step('close', 'buf'), step('close', 'nvme')]
const write = (args: Parameters<typeof step>[2] = {}) => step('write', 'mr', { length: '8 KiB', ...args })
/** Outcomes behind the first two steps, which lend. */
const rest = (report: Parameters<typeof told>[0]) => told(report).slice(2)
const endings = (report: Parameters<typeof told>[0]) => told(report).map((line) => line.split(' -> ')[1] ?? '')

describe('a memory region', () => {
  test('RDMA-10: the NIC writes into the BAR and reads it back, with no access flag asked for', () => {
    const report = run({
      vmm: [
        ...lend,
        register(),
        write({ offset: '0x1ff0', length: 40, data: 'hello ' }),
        step('read', 'mr', { offset: '0x1ff0', length: 18 }),
        ...end,
      ],
    })
    expect(rest(report)).toEqual([
      'import buf, on nic, as mr -> ok',
      'write mr, length 40 B, offset 0x1ff0, data "hello " -> ok',
      'read mr, offset 0x1ff0, length 18 B -> "hello hello hello "',
      'close mr -> ok',
      'close buf -> ok',
      'close nvme -> ok',
    ])
    expect([report.verdict, faults(report)]).toEqual(['pass', []])
  })

  test('RDMA-10: a transfer goes in pieces of the MTU, cut where the buffer is cut', () => {
    const ranges = [
      { offset: '32 KiB', length: '8 KiB' },
      { offset: 0, length: '4 KiB' },
    ]
    const report = run({
      vmm: [
        step('open', 'nvme'),
        step('export', 'nvme', { bar: 0, ranges, as: 'buf' }),
        register({ mtu: 1024, offset: '4 KiB' }),
        step('read', 'mr', { offset: 512, length: '5 KiB' }),
      ],
    })
    const dma = report.events.filter((event) => event.kind === 'dma')
    const bar = Math.min(...dma.map((event) => event.address))
    expect(dma.map((event) => [event.address - bar, event.length])).toEqual([
      [0x9200, 1024],
      [0x9600, 1024],
      [0x9a00, 1024],
      [0x9e00, 512],
      [0, 1024],
      [0x400, 512],
    ])
    expect(faults(report)).toEqual([])
  })

  test('RDMA-2, RDMA-3: a region is a window of the buffer, wherever the buffer and the transfer are cut', () => {
    const page = fc.integer({ min: 0, max: 14 })
    const story = fc.record({
      // Pieces of the BAR in any order; the second one lies above the first.
      first: page,
      second: page,
      offset: fc.integer({ min: 0, max: 4000 }),
      at: fc.integer({ min: 0, max: 4000 }),
      mtu: fc.constantFrom(256, 1024, 4096),
      text: fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 7 }),
      length: fc.integer({ min: 1, max: 3000 }),
    })
    fc.assert(
      fc.property(story, ({ first, second, offset, at, mtu, text, length }) => {
        fc.pre(first !== second)
        const ranges = [first, second].map((index) => ({ offset: index * 4096, length: 4096 }))
        const window = Math.min(8192 - offset, at + length)
        const whole = text.repeat(length).slice(0, length)
        fc.pre(at + length <= window)
        const report = run({
          vmm: [
            step('open', 'nvme'),
            step('export', 'nvme', { bar: 0, ranges, as: 'buf' }),
            register({ offset, length: window, mtu }),
            step('import', 'buf', { on: 'nic', as: 'all' }),
            step('write', 'mr', { offset: at, length, data: text }),
            step('read', 'all', { offset: offset + at, length, expectData: whole }),
            ...end,
          ],
        })
        expect([report.verdict, faults(report)]).toEqual(['pass', []])
      }),
      { numRuns: 60 },
    )
  })

  test.each([
    ['the sum wraps', { offset: '0x1000', length: '0xfffffffffffff000' }, 'EINVAL RDMA-1'],
    ['it reaches beyond the buffer', { offset: '0x1000', length: '64 KiB' }, 'EINVAL RDMA-1'],
    ['it begins at the end', { offset: '64 KiB' }, 'EINVAL RDMA-1'],
    ['it begins beyond the end', { offset: '0xfffffffffffff000' }, 'EINVAL RDMA-1'],
    ['it is empty', { length: 0 }, 'EINVAL RDMA-1'],
    ['offset and iova differ within a page', { iova: '0x7f0000000800' }, 'EINVAL RDMA-1'],
    ['a peer may write what this side may not', { access: ['remote-write'] }, 'EINVAL RDMA-1'],
    ['all is well', { offset: 0x800, length: 100, iova: '0xfffffffffffff800' }, 'ok'],
  ])('RDMA-1: registration when %s', (_, args, result) => {
    const report = run({ vmm: [...lend, register(args), step('close', 'buf'), step('close', 'nvme')] })
    expect([endings(report)[2], faults(report)]).toEqual([result, []])
  })

  test('RDMA-11: a pair that cannot do P2P is refused at registration, and nothing is left over', () => {
    const report = run({ vmm: [...lend, register({ on: 'far' }), step('close', 'buf'), step('close', 'nvme')] })
    expect([endings(report)[2], faults(report)]).toEqual(['EINVAL SGT-8', []])
  })

  test('RDMA-11: registration while revoked fails with ENODEV', () => {
    const report = run({ vmm: [...lend, step('revoke', 'nvme'), register(), step('close', 'buf')] })
    expect([endings(report)[3], faults(report)]).toEqual(['ENODEV VFIO-25', []])
  })

  test('DMB-15: registration waits until whoever moves the memory has finished', () => {
    const report = run({ vmm: [...lend, step('busy', 'nvme'), register(), ...end] })
    const [, , , { started = 0, ended = 0 } = {}] = report.outcomes
    expect([ended - started > 9000, faults(report)]).toEqual([true, []])
  })
})

describe('completions', () => {
  test.each([
    ['a write without local-write', { access: [] }, 'write', {}, 'local protection error, RDMA-6'],
    ['a read without any flag', { access: [] }, 'read', {}, 'ok'],
    ['beyond the region', {}, 'read', { offset: '60 KiB', length: '5 KiB' }, 'local protection error, RDMA-6'],
    ['a peer without remote-read', { initiator: 'remote', access: [] }, 'read', {}, 'remote access error, RDMA-6'],
    ['a peer with remote-read', { initiator: 'remote', access: ['remote-read'] }, 'read', {}, 'ok'],
  ])('RDMA-6: %s', (_, options, verb, args, result) => {
    const report = run({ vmm: [...lend, register(options), step(verb, 'mr', { length: 16, ...args }), ...end] })
    const [, , , got = ''] = endings(report)
    expect([report.outcomes[3]?.result.kind === 'ok' ? 'ok' : got, faults(report)]).toEqual([result, []])
  })

  test('RDMA-14: a fault while revoked is an error completion with ENODEV, and the queue pair goes to error', () => {
    const report = run({ vmm: [...lend, register(), write(), step('revoke', 'nvme'), write(), write(), ...end] })
    expect(endings(report).slice(3, 7)).toEqual([
      'ok',
      'ok',
      'local protection error, ENODEV, VFIO-26',
      'local protection error, ENODEV, VFIO-26',
    ])
    expect(report.events.flatMap((event) => (event.kind === 'note' ? [event.text] : []))).toEqual([
      expect.stringContaining('page fault answered with ENODEV'),
      'nic: queue pair in error: local protection error',
      'nic: queue pair recovered',
      expect.stringContaining('page fault answered with ENODEV'),
      'nic: queue pair in error: local protection error',
    ])
    expect(faults(report)).toEqual([])
  })

  test('RDMA-15: after the buffer is lent again the same key works', () => {
    const status = step('status', 'mr')
    const report = run({
      vmm: [
        ...lend,
        register(),
        status,
        step('revoke', 'nvme'),
        status,
        write({ expect: 'error' }),
        step('restore', 'nvme'),
        write(),
        status,
        ...end,
      ],
    })
    const values = report.outcomes.flatMap(({ result }) => (result.kind === 'ok' ? [result.value] : []))
    const states = values.filter((value) => typeof value === 'object' && value !== null && 'key' in value)
    const state = { key: '0x100', queuePair: 'ready', faults: 0, mapped: true, pageSize: 65536 }
    expect(states).toEqual([state, { ...state, mapped: false, pageSize: null }, { ...state, faults: 2 }])
    expect([report.verdict, faults(report)]).toEqual(['pass', []])
  })

  test('HAZ-2: a function that does not answer ends the transfer with an error', () => {
    const report = run({ vmm: [...lend, register(), step('dark', 'nvme'), write(), step('light', 'nvme'), write()] })
    expect([endings(report)[4], endings(report)[6]]).toEqual(['local QP operation error, HAZ-2', 'ok'])
  })
})

/** Fails a named place so many times. */
const failing = (place: string, errno: 'EAGAIN' | 'ENODEV' | 'EIO', times = Infinity): Plugin => ({
  name: 'failing',
  apply: ({ hooks }) => {
    let left = times
    hooks.fault.tap('failing', ({ point }) => (point === place && left-- > 0 ? errno : undefined))
  },
})

describe('page faults', () => {
  // The first map of the buffer is that of the registration, which `after` lets through.
  const after = (errno: 'EAGAIN' | 'ENODEV', times: number): Plugin => ({
    name: 'failing',
    apply: ({ hooks }) => {
      let seen = 0
      hooks.fault.tap('failing', ({ point }) => {
        if (point !== 'sgt:alloc') return undefined
        seen++
        return seen > 1 && seen <= times + 1 ? errno : undefined
      })
    },
  })
  const story = { vmm: [...lend, register(), step('revoke', 'nvme'), step('restore', 'nvme'), write(), ...end] }

  test('RDMA-16: EAGAIN makes the hardware try again, ENODEV is final', () => {
    const ended = (errno: 'EAGAIN' | 'ENODEV', times: number) => {
      const report = run(story, { plugins: [after(errno, times)] })
      const threads = new Set(report.events.map((event) => event.task))
      return [endings(report)[5], faults(report), threads.has('page fault of nic')]
    }
    expect(ended('EAGAIN', 3)).toEqual(['ok', [], true])
    expect(ended('ENODEV', 1)).toEqual(['local protection error, ENODEV, SGT-1', [], true])
    // A real NIC would go on for ever.
    expect(ended('EAGAIN', 100)).toEqual(['local protection error, EAGAIN, SGT-1', [], true])
  })
})

describe('revoke against a transfer', () => {
  const RUNS = 300
  const may = { expect: ['ok', 'ENODEV'] } as const
  const transfer = write({ length: '16 KiB', expect: ['ok', 'error'] })
  /** Words in which transfers ended. */
  const statuses = (reports: readonly Report[]) => {
    const results = reports.flatMap((report) => report.outcomes.map((outcome) => outcome.result))
    return new Set(results.flatMap((result) => (result.kind === 'error' ? [result.status] : [])))
  }

  test('RDMA-12, INV-1: whatever the schedule, nothing lands after revoke returned', () => {
    const reports = explore(
      {
        vmm: [...lend, ...['revoke', 'dark', 'light', 'restore'].map((word) => step(word, 'nvme'))],
        nic: [register(may), transfer, transfer, step('close', 'mr')],
      },
      { runs: RUNS },
    )
    expect([reports.flatMap(faults), new Set(reports.map((report) => report.verdict))]).toEqual([[], new Set(['pass'])])
    // The search has to meet transfers that were hit in flight, and those that were stopped in the middle.
    const hit = reports.filter((report) =>
      report.events.some((event) => event.kind === 'blocked' && event.why.startsWith('requests in flight')),
    )
    expect([reports.length, hit.length > 10]).toEqual([RUNS, true])
    expect(statuses(reports)).toEqual(new Set(['local protection error']))
  })

  test('RDMA-13, RDMA-17: deregistration and revoke may meet in any order', () => {
    const reports = explore(
      {
        vmm: [...lend, step('revoke', 'nvme'), step('restore', 'nvme')],
        nic: [register(may), step('close', 'mr'), register({ as: 'again', ...may })],
      },
      { runs: RUNS },
    )
    expect([reports.flatMap(faults), new Set(reports.map((report) => report.verdict))]).toEqual([[], new Set(['pass'])])
  })

  test('RDMA-14: two transfers of one region share the fate of its queue pair', () => {
    const reports = explore(
      { vmm: [...lend, step('revoke', 'nvme')], nic: [register(may), transfer], other: [transfer] },
      { runs: RUNS },
    )
    expect([reports.flatMap(faults), new Set(reports.map((report) => report.verdict))]).toEqual([[], new Set(['pass'])])
    expect(statuses(reports)).toEqual(new Set(['local protection error', 'work request flushed error']))
  })
})

describe('hardware commands that fail', () => {
  const story = { vmm: [...lend, register(), write(), step('revoke', 'nvme'), write({ expect: 'error' }), ...end] }

  test('BUG-37: the kernel ignores a failed zap and unmaps all the same; the NIC goes on, and the judge sees it', () => {
    const report = run(story, { switches: ['BUG-37'], plugins: [failing('mlx5:zap', 'EIO')] })
    expect([report.verdict, report.violations.map((violation) => violation.invariant)]).toEqual(['fail', ['INV-1']])
  })

  test('BUG-37: as intended, the region is lost and the buffer safe', () => {
    const report = run(story, { plugins: [failing('mlx5:zap', 'EIO')] })
    expect([endings(report)[5], report.verdict, faults(report)]).toEqual(['local protection error, RDMA-6', 'pass', []])
  })
})
