/** The story of a run, told from reports written by hand. */
import type { Outcome, Report, TraceEvent, TraceFact, Violation } from '@barter/core'
import { describe, expect, test } from 'vitest'
import type { Detail } from '../src/render/moment.ts'
import { styleText } from '../src/render/style.ts'
import { renderTimeline } from '../src/render/timeline.ts'
import { renderPass, renderVerdict } from '../src/render/verdict.ts'

const style = styleText(false)

/** `[tick, who, what]` in order. */
function reportOf(facts: readonly (readonly [number, string, TraceFact])[], more: Partial<Report> = {}): Report {
  const events = facts.map(([tick, task, fact], seq): TraceEvent => ({ seq, tick, task, ...fact }))
  return {
    machine: 'sim',
    title: 't',
    seed: 1,
    verdict: 'pass',
    outcomes: [],
    expectations: [],
    violations: [],
    events,
    steps: 10,
    ticks: 100,
    ...more,
  }
}

/** Without the space that every line begins with, and without the heads of the columns. */
function told(detail: Detail, ...facts: (readonly [number, string, TraceFact])[]): string[] {
  const [, ...lines] = renderTimeline(reportOf(facts), { columns: 80, style, detail }).split('\n')
  return lines.map((line) => line.slice(1))
}

const step = (text: string, index = 0): TraceFact => ({ kind: 'step', index, text })
const ended = (detail: string, index = 0): TraceFact => ({
  kind: 'outcome',
  index,
  ok: detail.startsWith('ok'),
  detail,
})
const write = (offset: number, arrived = true): TraceFact => ({
  kind: 'dma',
  device: 'nic',
  access: 'write',
  address: 0x1000 + offset,
  length: 4096,
  arrived,
  landing: arrived ? `nvme BAR 2 + 0x${offset.toString(16)}` : 'IOMMU fault',
  route: ['0000:02:00.0 downstream port: across', '0000:03:00.0 BAR 2 holds the address'],
})

describe('a step', () => {
  test('and its end are one line when nobody did anything in between', () => {
    expect(told('usual', [1, 'vmm', step('open nvme')], [3, 'vmm', ended('ok')])).toEqual([
      '     1  vmm   open nvme: ok',
    ])
  })

  test('that others act in ends on a line of its own, which says how long it took', () => {
    expect(
      told(
        'usual',
        [1, 'vmm', step('reset nvme, hard')],
        [2, 'nic', step('read mr', 3)],
        [4, 'nic', ended('ok: "abc"', 3)],
        [100_001, 'vmm', ended('ok')],
      ),
    ).toEqual([
      '      1  vmm   reset nvme, hard',
      '      2  nic   read mr: ok: "abc"',
      '100 001  vmm   reset nvme: ok, after 100 ms',
    ])
  })

  test('VFIO-8: that is refused says by which rule', () => {
    const refused: TraceFact = {
      kind: 'outcome',
      index: 0,
      ok: false,
      errno: 'EINVAL',
      detail: 'EINVAL: no',
      rule: 'VFIO-8',
    }
    expect(told('usual', [1, 'vmm', step('export nvme')], [2, 'vmm', refused])).toEqual([
      '     1  vmm   export nvme: EINVAL: no (VFIO-8)',
    ])
  })

  test('that only passes time is told at its end, and sleep not at all', () => {
    expect(
      told(
        'usual',
        [1, 'vmm', step('sleep 5')],
        [6, 'vmm', ended('ok')],
        [7, 'vmm', step('wait buf, until dead', 1)],
        [9, 'vmm', ended('ok', 1)],
      ),
    ).toEqual(['     9  vmm   wait buf, until dead: ok'])
  })
})

describe('what belongs together', () => {
  test('transfers over one route are one line, and the route is written out once', () => {
    expect(
      told('usual', [1, 'nic', write(0)], [2, 'nic', write(4096)], [3, 'nic', write(0, false)], [4, 'nic', write(0)]),
    ).toEqual([
      '     1  nic     nic writes 2 x 4 KiB: nvme BAR 2 + 0x0, by way of 02:00.0 >',
      '                  03:00.0',
      '     3          nic writes 4 KiB, lost: IOMMU fault',
      '     4          nic writes 4 KiB: nvme BAR 2 + 0x0',
    ])
  })

  test('REV-2: an importer that is told to let go, and does', () => {
    expect(
      told(
        'usual',
        [1, 'vmm', { kind: 'invalidate', buffer: 'buf', device: 'nic', mapped: true }],
        [2, 'vmm', { kind: 'unmap', buffer: 'buf', device: 'nic', mapping: 0 }],
      ),
    ).toEqual(['     1  vmm     nic is told to let go of buf, and does'])
  })

  test('what happens again and again is told once, and counted', () => {
    const refusal: TraceFact = {
      kind: 'map',
      buffer: 'buf',
      device: 'nic',
      errno: 'ENODEV',
      rule: 'VFIO-24b',
      why: 'revoked',
    }
    const fault = (tick: number): readonly [number, string, TraceFact] => [tick, 'page fault of nic', refusal]
    expect(told('usual', fault(1), fault(2), fault(3), fault(4))).toEqual([
      '     1  page fault    nic may not map buf: ENODEV, revoked (VFIO-24b)',
      '     4                ... the same 3 more times, until 4',
    ])
  })

  test('TRG-7: a device that lends nothing may go dark as it likes', () => {
    const dark: TraceFact = { kind: 'dark', device: 'nvme', why: 'function level reset' }
    const light: TraceFact = { kind: 'light', device: 'nvme', why: 'it came back' }
    const lent: TraceFact = { kind: 'export', buffer: 'buf', device: 'nvme', bar: 2, length: 4096, state: 'live' }
    expect(
      told('usual', [1, 'vmm', dark], [2, 'vmm', light], [3, 'vmm', lent], [4, 'vmm', dark], [5, 'vmm', light]),
    ).toEqual(['     4  vmm     nvme goes dark: function level reset', '     5          nvme answers again'])
  })
})

describe('waits', () => {
  const blocked = (on: string, more: object): TraceFact => ({ kind: 'blocked', on, why: 'it is so', ...more })

  test('VFIO-40: for a lock are told with who holds it; for time, and short ones, are not', () => {
    expect(
      told(
        'usual',
        [1, 'a', blocked('memory_lock(nvme)', { mode: 'read', holder: 'vmm' })],
        [2, 'a', { kind: 'unblocked', on: 'memory_lock(nvme)', ticks: 1 }],
        [3, 'a', blocked('time', {})],
        [9000, 'a', { kind: 'unblocked', on: 'time', ticks: 8997 }],
        [9001, 'a', blocked('fence', {})],
        [9002, 'a', { kind: 'unblocked', on: 'fence', ticks: 1 }],
      ),
    ).toEqual(['     1  a       waits for memory_lock(nvme) (to read), held by vmm'])
  })

  test('REV-2: without an end are told', () => {
    expect(told('usual', [1, 'vmm', blocked('unmapped(buf)', {})])).toEqual([
      '     1  vmm     waits for unmapped(buf) (it is so)',
    ])
  })
})

test('a brief story has the turning points only', () => {
  const facts: (readonly [number, string, TraceFact])[] = [
    [1, 'vmm', step('reset nvme')],
    [2, 'vmm', { kind: 'state', buffer: 'buf', state: 'revoked', rule: 'REV-2' }],
    [3, 'nic', step('write mr, length 4 KiB')],
    [4, 'vmm', { kind: 'protocol', protocol: 'revoke', name: 'setFlag', subject: 'buf', rule: 'REV-3' }],
    [5, 'other', step('open nvme')],
    [6, 'nic', ended('error (no)')],
    [7, 'vmm', ended('ok')],
    [8, 'other', ended('ok')],
    [9, 'other', { kind: 'state', buffer: 'buf', state: 'released', rule: 'DMB-5' }],
  ]
  expect(told('brief', ...facts)).toEqual([
    '     1  vmm    reset nvme',
    '     2           buf is revoked (REV-2)',
    '     6  nic    write mr, length 4 KiB: error (no)',
    '     7  vmm    reset nvme: ok',
    '     8  other  open nvme: ok',
  ])
  expect(told('verbose', ...facts)).toContain('     4  vmm      revoke buf: setFlag (REV-3)')
})

describe('the verdict', () => {
  const violation: Violation = {
    invariant: 'INV-1',
    rule: 'REV-2',
    message: 'nic reached buf after its revoke had returned',
    actor: { who: 'nic', what: 'wrote 4 KiB', tick: 9, seq: 9 },
    parties: [{ who: 'vmm', what: 'revoked buf for a reset', tick: 5, seq: 5 }],
  }
  const wrong: Outcome = {
    actor: 'nic',
    index: 1,
    text: 'write mr',
    result: { kind: 'errno', errno: 'ENODEV', rule: 'VFIO-26', message: 'buf is revoked' },
    met: false,
    place: { line: 12, column: 7 },
  }
  const never: Outcome = { actor: 'nic', index: 2, text: 'close mr', result: { kind: 'not-reached' }, met: false }

  test('INV-1: names what was expected, what came instead, and both parties of a violation', () => {
    const report = reportOf([], {
      verdict: 'fail',
      outcomes: [wrong, never],
      expectations: [
        { expectation: { kind: 'no-violation' }, met: false, why: 'long' },
        { expectation: { kind: 'all-finish' }, met: true, why: 'everybody finished' },
      ],
      violations: [violation],
    })
    expect(renderVerdict(report, 80, style)).toBe(`FAIL  not everything that was expected held
  NO   no violation: 1 found
  yes  everybody finishes
  NO   nic, line 12: write mr: expected ok, got ENODEV: buf is revoked (VFIO-26)
  NO   1 more step was never begun
  !!   INV-1: nic reached buf after its revoke had returned (REV-2 is there to
       prevent it)
               5  vmm: revoked buf for a reset
               9  nic: wrote 4 KiB
  seed 1, 10 steps of threads, 100 us of virtual time`)
  })

  test('of a run that went well is a line', () => {
    const expectations: Report['expectations'] = [{ expectation: { kind: 'blocks', actor: 'vmm' }, met: true, why: '' }]
    expect(renderPass(reportOf([], { expectations }), style)).toBe('PASS  vmm blocks; seed 1')
  })
})
