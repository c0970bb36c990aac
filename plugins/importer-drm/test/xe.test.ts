import { describe, expect, test } from 'vitest'
import { XE_INVALIDATE, type XeStep } from '../src/index.ts'
import {
  duration,
  ending,
  endings,
  explore,
  faults,
  given,
  happened,
  type House,
  lend,
  protocol,
  run,
  step,
} from './machine.ts'

type Words = Parameters<typeof step>[2]
const house: House = { driver: 'xe' }
const load = (words: Words = {}) => step('import', 'buf', { on: 'gpu', as: 'bo', ...words })
const bind = (words: Words = {}) => step('vmBind', 'bo', words)
const exec = (words: Words = {}) => step('exec', 'bo', { length: '32 KiB', ...words })
const write = (words: Words = {}) => step('write', 'bo', { length: '8 KiB', ...words })
const revoke = step('revoke', 'nvme')
const restore = step('restore', 'nvme')
const status = step('status', 'bo')
const idle = step('waitIdle', 'bo')
const end = [step('close', 'bo'), step('close', 'buf'), step('close', 'nvme')]
const refused = 'ENODEV VFIO-26'

/** What the fix would look like: all fences, then the unmap, in the callback. */
const unmapNow: XeStep = {
  name: 'unmapNow',
  rule: 'IMP-3',
  *run({ bo }) {
    yield* bo.buffer.resv.wait('bookkeep')
    yield* bo.unpopulate()
  },
}

describe('an xe object', () => {
  test('DRM-10: import attaches, a binding maps, a job uses it', () => {
    const report = run({ vmm: [...lend, load(), status, bind(), status, exec(), idle, ...end] }, house)
    const state = { placement: 'system', mapped: false, bound: false, running: 0 }
    expect(given(report, 'status')).toEqual([state, { ...state, placement: 'tt', mapped: true, bound: true }])
    expect(given(report, 'waitIdle')).toEqual([['success']])
    expect([report.verdict, faults(report)]).toEqual(['pass', []])
  })

  test('DRM-10: a job on an object that has no binding faults', () => {
    const report = run({ vmm: [...lend, load(), exec(), idle, ...end] }, house)
    expect([given(report, 'waitIdle'), faults(report)]).toEqual([[['GPU page fault']], []])
  })

  test.each(['fence', 'fault'])('DRM-10: in %s mode, what a job writes another one reads', (mode) => {
    const read = step('read', 'bo', { offset: 5000, length: 6, expectData: 'abcabc' })
    const report = run(
      { vmm: [...lend, load({ mode }), write({ offset: 5000, length: 6, data: 'abc' }), read, ...end] },
      house,
    )
    expect([report.verdict, faults(report)]).toEqual(['pass', []])
  })

  test('DRM-10: refusals of attach and map reach user space', () => {
    const revoked = run({ vmm: [...lend, revoke, load(), step('close', 'buf')] }, house)
    expect([endings(revoked)[1], faults(revoked)]).toEqual(['ENODEV VFIO-25', []])
    const far = run({ vmm: [...lend, load({ on: 'far' }), bind(), ...end] }, house)
    expect([endings(far).slice(0, 2), faults(far)]).toEqual([['ok', 'EINVAL SGT-8'], []])
  })
})

/** The duty of INV-9, not kept. */
const STARVED = 'INV-9 gpu was told to let go of buf0 and does not; vmm waits for unmaps(buf0) (unmap)'

describe('the late unmap', () => {
  test('DRM-12, BUG-36: bound and idle, the object stays mapped, and the revoke waits for ever', () => {
    const report = run({ vmm: [...lend, load(), bind(), revoke] }, house)
    expect(protocol(report)).toEqual(XE_INVALIDATE.map(({ name }) => `gpu: ${name}`))
    const [last] = report.outcomes.slice(-1)
    expect(last?.result).toMatchObject({ kind: 'blocked', why: 'vmm waits for unmaps(buf0) (unmap)' })
    expect(faults(report)).toEqual([STARVED, 'blocked: revoke nvme'])
  })

  test('DRM-12: it is not for running jobs that it waits: their fences signal', () => {
    const report = run({ vmm: [...lend, load(), bind(), exec({ ticks: '10 ms' }), revoke] }, house)
    expect(happened(report)).toEqual(['invalidate mapped', 'job 1 of gpu: success'])
    expect(faults(report)).toEqual([STARVED, 'blocked: revoke nvme'])
  })

  test('DRM-13: the next job drops the old mapping, which ends the wait, and then fails with ENODEV', () => {
    const report = run(
      {
        vmm: [...lend, load(), bind(), revoke, restore],
        user: [
          step('wait', 'bo', { until: 'invalidated' }),
          step('sleep', '10 ms'),
          exec({ expect: 'ENODEV' }),
          step('wait', 'buf', { until: 'live' }),
          bind(),
          exec(),
          idle,
        ],
      },
      house,
    )
    expect([report.verdict, faults(report)]).toEqual(['pass', []])
    expect(duration(report, 'revoke nvme')).toBeGreaterThan(10_000)
    expect(report.outcomes.filter(({ actor }) => actor === 'user').map(ending)[2]).toBe(refused)
    expect(happened(report).slice(0, 3)).toEqual(['invalidate mapped', 'unmap by user', 'revoked'])
  })

  test('DRM-12: freeing the object ends the wait, too', () => {
    const report = run(
      {
        vmm: [...lend, load(), bind(), revoke, restore],
        user: [step('wait', 'bo', { until: 'invalidated' }), step('close', 'bo')],
      },
      house,
    )
    expect([report.verdict, faults(report)]).toEqual(['pass', []])
    expect(happened(report).slice(0, 3)).toEqual(['invalidate mapped', 'unmap by delayed delete of gpu', 'revoked'])
  })

  test('DRM-12: with nothing mapped a revoke does not wait', () => {
    const report = run({ vmm: [...lend, load(), revoke, bind(), restore, bind(), ...end] }, house)
    expect([endings(report).slice(1, 5), faults(report)]).toEqual([['ok', refused, 'ok', 'ok'], []])
  })

  test('IMP-3: with an unmap in the callback, nobody has to help', () => {
    const fixed = { ...house, xeInvalidate: [...XE_INVALIDATE, unmapNow] }
    const story = [...lend, load(), bind(), exec({ ticks: 500 }), revoke, exec(), restore, exec(), idle, ...end]
    const report = run({ vmm: story }, fixed)
    expect(endings(report).slice(3, 7)).toEqual(['ok', refused, 'ok', 'ok'])
    expect([given(report, 'waitIdle'), faults(report)]).toEqual([[['success', 'success']], []])
  })

  test('GEN-9: the first generation returns from the revoke, and the mapping stays', () => {
    const report = run(
      { vmm: [...lend, load(), bind(), revoke, status, step('close', 'bo')] },
      { ...house, generation: 'G1' },
    )
    expect(given(report, 'status')).toEqual([{ placement: 'system', mapped: true, bound: true, running: 0 }])
    expect(faults(report)).toEqual([])
  })
})

describe('address spaces that fault', () => {
  const faulty = load({ mode: 'fault' })

  test('DRM-11: told to let go, page tables are cleared and requests waited for; the next page of a job faults and fails', () => {
    const report = run(
      {
        vmm: [
          ...lend,
          faulty,
          bind(),
          exec({ ticks: '10 ms' }),
          step('sleep', '2 ms'),
          revoke,
          idle,
          restore,
          exec(),
          idle,
          ...end,
        ],
      },
      house,
    )
    expect(given(report, 'waitIdle')).toEqual([['engine reset: page fault'], ['success']])
    // The fault is an attempt to map, so the old mapping goes without anybody's help.
    expect(happened(report).slice(0, 2)).toEqual(['invalidate mapped', 'unmap by page fault of gpu'])
    expect([report.verdict, faults(report)]).toEqual(['pass', []])
  })

  test('DRM-12: idle, nothing faults, and the revoke waits for ever all the same', () => {
    const report = run({ vmm: [...lend, faulty, bind(), exec(), idle, revoke] }, house)
    expect(faults(report)).toEqual([STARVED, 'blocked: revoke nvme'])
  })

  test('DRM-11: closing an object whose job runs stops the job', () => {
    const report = run({ vmm: [...lend, faulty, bind(), exec({ ticks: '10 ms' }), step('close', 'bo'), revoke] }, house)
    expect(happened(report)).toContain('job 1 of gpu: engine reset: page fault')
    expect([report.verdict, faults(report)]).toEqual(['pass', []])
  })
})

describe('revoke against jobs', () => {
  const RUNS = 100
  const busy = { expect: ['ok', 'ENODEV'] } as const
  const cycle = ['revoke', 'dark', 'light', 'restore'].map((word) => step(word, 'nvme'))
  const story = (mode: string) => ({
    vmm: [...lend, ...cycle, ...cycle],
    user: [
      load({ mode, ...busy }),
      bind(busy),
      exec({ ticks: 100, ...busy }),
      write({ expect: ['ok', 'ENODEV'] }),
      exec({ ticks: 20, ...busy }),
      step('close', 'bo'),
    ],
  })
  const broken = (mode: string, xeInvalidate: readonly XeStep[]) => {
    const reports = explore(story(mode), { ...house, xeInvalidate, runs: RUNS })
    return new Set(reports.flatMap(faults).map((text) => text.split(' ')[0]))
  }
  const without = (name: string) => XE_INVALIDATE.filter((each) => each.name !== name)

  test.each(['fence', 'fault'])(
    'INV-1: in %s mode nothing lands after the revoke returned; the end of the user frees it',
    (mode) => {
      expect(broken(mode, XE_INVALIDATE)).toEqual(new Set())
    },
  )

  test('DRM-11: in fault mode, page tables that stay are found', () => {
    // The late unmap alone protects nothing once the job itself has mapped again.
    expect(broken('fault', [...without('triggerRebind'), unmapNow]).has('INV-1')).toBe(true)
  })

  test('DRM-12: an object that is never marked as moved is never unmapped by its next use', () => {
    const report = run(
      { vmm: [...lend, load(), bind(), revoke], user: [step('wait', 'bo', { until: 'invalidated' }), exec()] },
      {
        ...house,
        xeInvalidate: without('moveToSystem'),
      },
    )
    expect(faults(report)).toContain('blocked: revoke nvme')
  })
})
