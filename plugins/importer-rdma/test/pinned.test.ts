import { describe, expect, test } from 'vitest'
import type { Errno, Generation, Plugin, Report, Step } from '@barter/core'
import { type RevokeStep, UMEM_REVOKE } from '../src/index.ts'
import { ending, explore, faults, type House, lend, run, step } from './machine.ts'

type Words = Parameters<typeof step>[2]
const register = (words: Words = {}) => step('import', 'buf', { on: 'nic', as: 'mr', ...words })
const write = (words: Words = {}) => step('write', 'mr', { length: '8 KiB', ...words })
const end = [step('close', 'mr'), step('close', 'buf'), step('close', 'nvme')]
const irdma: House = { driver: 'irdma' }
const dataDirect: House = { driver: 'mlx5-data-direct' }

/** How the steps behind the two that lend ended. */
const endings = (report: Report): string[] => report.outcomes.slice(2).map(ending)
const protocol = (report: Report): string[] =>
  report.events.flatMap((event) => (event.kind === 'protocol' ? [`${event.subject}: ${event.name}`] : []))
const logs = (report: Report): string[] =>
  report.events.flatMap((event) => (event.kind === 'log' ? [`${event.rule} ${event.message}`] : []))

/** Values that `status` gave, in order. */
const states = (report: Report) =>
  report.outcomes.flatMap(({ text, result }) =>
    text.startsWith('status') && result.kind === 'ok' ? [result.value as Readonly<Record<string, unknown>>] : [],
  )

const failing = (place: string, errno: Errno): Plugin => ({
  name: 'failing',
  apply: ({ hooks }) => {
    hooks.fault.tap('failing', ({ point }) => (point === place ? errno : undefined))
  },
})

describe('irdma: pinned and revocable', () => {
  test('RDMA-4: the region is mapped from its registration on, and the NIC writes and reads without a page fault', () => {
    const report = run(
      {
        vmm: [
          ...lend,
          register({ access: ['local-write', 'remote-read', 'relaxed-ordering'] }),
          step('status', 'mr'),
          write({ offset: 100, length: 40, data: 'hello ' }),
          step('read', 'mr', { offset: 100, length: 12, expectData: 'hello hello ' }),
          ...end,
        ],
      },
      irdma,
    )
    expect([report.verdict, faults(report)]).toEqual(['pass', []])
    // irdma has pages of 4 KiB, 2 MiB and 1 GiB.
    expect(states(report)).toEqual([
      { key: '0x100', mapped: true, revoked: false, pageSize: 0x20_0000, queuePair: 'ready' },
    ])
    expect(report.events.some((event) => event.task.startsWith('page fault'))).toBe(false)
  })

  test('RDMA-5, RDMA-7: a revoke stops the hardware, unmaps, unpins; the region never works again', () => {
    const report = run(
      {
        vmm: [
          ...lend,
          register(),
          write(),
          step('revoke', 'nvme'),
          step('status', 'mr'),
          write(),
          step('restore', 'nvme'),
          write(),
          step('status', 'mr'),
          ...end,
        ],
      },
      irdma,
    )
    const lost = 'local protection error, RDMA-6'
    expect(endings(report)).toEqual(['ok', 'ok', 'ok', 'ok', lost, 'ok', lost, 'ok', 'ok', 'ok', 'ok'])
    expect(protocol(report)).toEqual(UMEM_REVOKE.map(({ name }) => `nic: ${name}`))
    const state = { key: '0x100', mapped: false, revoked: true, pageSize: null }
    expect(states(report)).toEqual([
      { ...state, queuePair: 'ready' },
      { ...state, queuePair: 'error' },
    ])
    expect(faults(report)).toEqual([])
  })

  test('RDMA-6: a peer that uses the key of a revoked region gets a remote access error', () => {
    const report = run(
      { vmm: [...lend, register({ initiator: 'remote' }), write(), step('revoke', 'nvme'), write(), ...end] },
      irdma,
    )
    expect(endings(report)[3]).toBe('remote access error, RDMA-6')
  })

  test('RDMA-6, INV-25: a revoked region keeps its key until it is deregistered', () => {
    const report = run(
      {
        vmm: [
          ...lend,
          register(),
          step('revoke', 'nvme'),
          step('restore', 'nvme'),
          register({ as: 'second' }),
          step('status', 'second'),
          step('close', 'mr'),
          register({ as: 'third' }),
          step('status', 'third'),
        ],
      },
      irdma,
    )
    expect(states(report).map(({ key }) => key)).toEqual(['0x200', '0x100'])
    expect(faults(report)).toEqual([])
  })

  test('RDMA-5: deregistration revokes when no revoke has come before', () => {
    const report = run({ vmm: [...lend, register(), ...end, step('open', 'nvme')] }, irdma)
    expect(protocol(report)).toEqual(UMEM_REVOKE.map(({ name }) => `nic: ${name}`))
    expect(faults(report)).toEqual([])
  })

  test('RDMA-2, DMB-10: a revoke between attach and map is permanent: EINVAL if it was told of it, else ENODEV', () => {
    const reports = explore(
      {
        vmm: [...lend, step('revoke', 'nvme'), step('restore', 'nvme')],
        nic: [register({ expect: ['ok', 'ENODEV', 'EINVAL'] }), write({ expect: ['ok', 'error'] })],
      },
      { ...irdma, runs: 150 },
    )
    const registered = new Set(reports.map((report) => ending(report.outcomes[4] ?? expect.fail())))
    expect(registered).toEqual(new Set(['ok', 'ENODEV VFIO-25', 'ENODEV VFIO-26', 'EINVAL RDMA-2']))
    expect([reports.flatMap(faults), new Set(reports.map((report) => report.verdict))]).toEqual([[], new Set(['pass'])])
  })

  test('RDMA-4: a registration that is refused at map undoes attach and pin, and nothing is left over', () => {
    const report = run({ vmm: [...lend, register({ on: 'far' }), step('close', 'buf'), step('close', 'nvme')] }, irdma)
    expect([endings(report)[0], faults(report)]).toEqual(['EINVAL SGT-8', []])
  })

  test('RDMA-7: a command that fails is logged, the unmap goes on, and the NIC is reset some time later', () => {
    const story = [...lend, register(), step('revoke', 'nvme'), write(), step('sleep', '20 ms'), write(), ...end]
    const report = run({ vmm: story }, { ...irdma, plugins: [failing('irdma:dereg', 'EIO')] })
    expect(logs(report)).toContain('RDMA-7 nic: dmabuf mr revoke failed EIO')
    // Until the reset the NIC goes on with what it knows, and the judge sees it.
    expect(endings(report).slice(2, 5)).toEqual(['ok', 'ok', 'local protection error, RDMA-6'])
    expect(report.violations.map(({ invariant }) => invariant)).toEqual(['INV-1'])
  })
})

describe('irdma: revoke against transfers', () => {
  const RUNS = 120
  const story: Readonly<Record<string, readonly Step[]>> = {
    vmm: [...lend, ...['revoke', 'dark', 'light', 'restore'].map((word) => step(word, 'nvme'))],
    nic: [
      register({ expect: ['ok', 'ENODEV', 'EINVAL'] }),
      write({ length: '16 KiB', expect: ['ok', 'error'] }),
      write({ length: '16 KiB', expect: ['ok', 'error'] }),
      step('close', 'mr'),
    ],
  }
  const broken = (irdmaRevoke: readonly RevokeStep[]) => {
    const reports = explore(story, { ...irdma, irdmaRevoke, runs: RUNS })
    return { count: reports.length, invariants: new Set(reports.flatMap(faults).map((text) => text.split(' ')[0])) }
  }
  const without = (name: string) => UMEM_REVOKE.filter((each) => each.name !== name)

  test('RDMA-6, INV-1: whatever the schedule, nothing lands after the revoke returned', () => {
    expect(broken(UMEM_REVOKE)).toEqual({ count: RUNS, invariants: new Set() })
  })

  test('RDMA-6: when the hardware is not stopped, some schedule shows it', () => {
    expect(broken(without('stopHardware')).invariants.has('INV-1')).toBe(true)
  })

  test('RDMA-5: when the unmap comes before the hardware is stopped, some schedule shows it', () => {
    const [stop, unmap, ...others] = UMEM_REVOKE
    expect(broken([unmap, stop, ...others].filter((each) => each !== undefined)).invariants.has('INV-1')).toBe(true)
  })

  test('IMP-3: without the unmap the revoke waits for ever', () => {
    const report = run(
      { vmm: [...lend, register(), step('revoke', 'nvme')] },
      { ...irdma, irdmaRevoke: without('unmapPages') },
    )
    expect(faults(report)).toContainEqual('blocked: revoke nvme')
  })

  test('BUG-80: a region that forgets that it was revoked stops its hardware again at its release', () => {
    const twice = { ...irdma, irdmaRevoke: without('markRevoked') }
    const report = run({ vmm: [...lend, register(), step('revoke', 'nvme'), ...end] }, twice)
    expect(protocol(report).filter((text) => text === 'nic: stopHardware').length).toBe(2)
  })
})

describe('mlx5-data-direct: pinned, not revocable', () => {
  const generations: readonly Generation[] = ['G1', 'G1p', 'G2r', 'G2']
  const outcome = (house: House, generation: Generation) => {
    const report = run(
      { vmm: [...lend, register(), step('close', 'buf'), step('close', 'nvme')] },
      { ...house, generation },
    )
    return endings(report)[0]
  }

  test('GEN-5, GEN-18, GEN-19: accepted by the first generation, then refused at pin, then at attach', () => {
    expect(generations.map((generation) => outcome(dataDirect, generation))).toEqual([
      'ok',
      'EOPNOTSUPP GEN-4',
      'EOPNOTSUPP VFIO-25',
      'EOPNOTSUPP VFIO-25',
    ])
  })

  test('GEN-6, GEN-18: irdma before it could revoke was like it; since then it is accepted', () => {
    expect(generations.map((generation) => outcome(irdma, generation))).toEqual(['ok', 'EOPNOTSUPP GEN-4', 'ok', 'ok'])
  })

  test('BUG-4, GEN-5: where it was accepted, it goes on after the revoke, and only complains', () => {
    const report = run(
      { vmm: [...lend, register(), write(), step('revoke', 'nvme'), write(), ...end] },
      { ...dataDirect, generation: 'G1' },
    )
    expect(endings(report).slice(0, 4)).toEqual(['ok', 'ok', 'ok', 'ok'])
    expect(logs(report)).toContain('GEN-5 nic: Invalidate callback should not be called when memory is pinned')
    expect(report.violations.map(({ invariant }) => invariant)).toEqual(['INV-1'])
  })

  test('RDMA-10, RDMA-17: it works and goes as any region while nobody revokes', () => {
    const report = run(
      { vmm: [...lend, register(), write(), step('status', 'mr'), ...end] },
      { ...dataDirect, generation: 'G1' },
    )
    expect([report.verdict, faults(report)]).toEqual(['pass', []])
    expect(states(report)).toEqual([
      { key: '0x100', mapped: true, revoked: false, pageSize: 65536, queuePair: 'ready' },
    ])
  })
})
