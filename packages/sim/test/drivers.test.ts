import fc from 'fast-check'
import type { TraceEvent } from '@barter/core'
import { describe, expect, test } from 'vitest'
import { seededStrategy } from '../src/index.ts'
import { scenarioOf, step, type Story, systemOf, tell, told } from './house.ts'

const lend = [step('open', 'disk'), step('export', 'disk', { bar: 0, as: 'buf' })]

/** A revoke while a card writes. */
const race: Story = {
  actors: {
    vmm: [...lend, step('sleep', 20), step('revoke', 'disk'), step('restore', 'disk')],
    nic: [
      step('import', 'buf', { on: 'nic', as: 'mr' }),
      step('write', 'mr', { length: 256, times: 4, pause: 10, expect: ['ok', 'ENODEV'] }),
    ],
    gpu: [
      step('import', 'buf', { on: 'gpu', as: 'bo', lets: 'later' }),
      step('read', 'bo', { length: 256, times: 4, pause: 10, expect: ['ok', 'ENODEV'] }),
    ],
  },
  expect: [{ kind: 'no-violation' }, { kind: 'all-finish' }],
}

describe('a run', () => {
  test('ends, passes and comes out the same byte for byte, whatever the seed', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const report = tell(race, { seed })
        expect(report.verdict, JSON.stringify(told(report))).toBe('pass')
        expect(JSON.stringify(tell(race, { seed }))).toBe(JSON.stringify(report))
      }),
      { numRuns: 60 },
    )
  })

  test('a run with a trace and a quiet one take the same schedule', () => {
    const { events, ...loud } = tell(race, { seed: 5 })
    const { events: none, ...quiet } = tell(race, { seed: 5, quiet: true })
    expect(none).toEqual([])
    expect(events.length).toBeGreaterThan(50)
    expect(quiet).toEqual(loud)
  })

  test('wait steps see what happens in a quiet run too', () => {
    const story: Story = {
      actors: {
        vmm: [...lend, step('sleep', 50), step('revoke', 'disk')],
        watcher: [step('wait', 'buf', { until: 'revoked' })],
      },
    }
    expect(tell(story, { quiet: true })).toMatchObject({ verdict: 'pass', events: [] })
  })

  test('events are shown to those who tap the hook', () => {
    const system = systemOf()
    const seen: TraceEvent[] = []
    system.hooks.event.tap('test', (event) => seen.push(event))
    const machine = system.machine('sim')
    return machine.run(scenarioOf(race), { seed: 3 }).then((report) => {
      expect(seen.map(({ seq }) => seq)).toEqual(report.events.map((_event, i) => i))
      // Those of the report are made later, of the same facts.
      expect(report.events).toEqual(seen)
      expect(report.events).toBe(report.events)
      expect(machine.supports).toEqual({ schedule: true, events: 'all' })
    })
  })

  test('a strategy of the caller decides the schedule', () => {
    const run = (seed: number) =>
      JSON.stringify(tell(race, { seed }).events.map((event) => `${event.task} ${event.kind}`))
    expect(run(1)).not.toBe(run(2))
    const system = systemOf()
    const chosen: number[] = []
    const inner = seededStrategy(9)
    const strategy = {
      ...inner,
      choose: (runnable: readonly number[], current?: number) => {
        const id = inner.choose(runnable, current)
        chosen.push(id)
        return id
      },
    }
    return system
      .machine('sim')
      .run(scenarioOf(race), { seed: 0, strategy })
      .then((report) => {
        expect(chosen).toHaveLength(report.steps)
      })
  })

  test('a run that is stopped at the limit cannot tell', () => {
    const report = tell(race, { limit: 40 })
    expect([report.verdict, report.steps]).toEqual(['cannot-tell', 40])
    expect(told(report).at(-1)).toContain('the run was stopped after 40 steps')
  })
})

describe('faults of drivers are in the report', () => {
  test('REV-7: an importer that never lets go blocks the revoke; the outcome names the chain of waits', () => {
    const report = tell({
      actors: {
        vmm: [...lend, step('wait', 'mr', { until: 'mapped' }), step('revoke', 'disk'), step('sleep', 1)],
        nic: [step('import', 'buf', { on: 'nic', as: 'mr', lets: 'never' }), step('touch', 'mr'), step('sleep', '1 s')],
        late: [step('sleep', '10 ms'), step('restore', 'disk')],
      },
    })
    // With the end of its process the importer's mapping goes.
    expect(report.verdict).toBe('pass')
    const stuck = tell({
      actors: {
        vmm: [...lend, step('wait', 'mr', { until: 'mapped' }), step('revoke', 'disk')],
        nic: [
          step('import', 'buf', { on: 'nic', as: 'mr', lets: 'never' }),
          step('touch', 'mr'),
          step('wait', 'vmm', { until: 'done' }),
        ],
        late: [step('wait', 'mr', { until: 'invalidated' }), step('sleep', 100), step('restore', 'disk')],
      },
      expect: [{ kind: 'all-finish' }],
    })
    expect(told(stuck).filter((line) => line.includes('blocked'))).toEqual([
      'vmm: revoke disk -> blocked on unmaps(buffer of disk 0)',
      'nic: wait vmm, until done -> blocked on end of vmm',
      'late: restore disk -> blocked on memory_lock(disk)',
    ])
    expect(stuck.outcomes.at(-1)?.result).toEqual({
      kind: 'blocked',
      on: 'memory_lock(disk)',
      holder: 'vmm',
      why: 'late waits for memory_lock(disk), held by vmm; vmm waits for unmaps(buffer of disk 0) (unmap)',
    })
    expect(stuck.expectations).toMatchObject([{ met: false, why: 'vmm, nic, late did not finish' }])
    expect(stuck.violations).toMatchObject([{ invariant: 'INV-9', actor: { who: 'nic' } }])
  })

  test('INV-11: a revoke that waits for unmaps with the reservation held is found', () => {
    const story: Story = {
      actors: {
        vmm: [...lend, step('wait', 'mr', { until: 'mapped' }), step('revoke', 'disk')],
        nic: [
          step('import', 'buf', { on: 'nic', as: 'mr', lets: 'later' }),
          step('touch', 'mr'),
          step('wait', 'vmm', { until: 'done' }),
        ],
      },
      expect: [{ kind: 'violation', invariant: 'INV-11' }],
    }
    const report = tell(story, { clumsy: ['waits-with-resv'] })
    expect(report.violations).toMatchObject([{ invariant: 'INV-11', rule: 'REV-3', actor: { who: 'vmm' } }])
    expect(told(report).filter((line) => line.includes('blocked'))).toContain(
      'vmm: revoke disk -> blocked on unmaps(buffer of disk 0)',
    )
  })

  test('INV-12: a driver that returns with a lock loses its thread; others find the lock held', () => {
    const report = tell(
      {
        actors: {
          vmm: [...lend, step('revoke', 'disk'), step('sleep', 1)],
          late: [step('wait', 'buf', { until: 'revoked' }), step('sleep', '1 ms'), step('restore', 'disk')],
        },
      },
      { clumsy: ['keeps-memory-lock'] },
    )
    expect(report.violations).toMatchObject([
      {
        invariant: 'INV-12',
        actor: { who: 'vmm' },
        message: 'vmm returns to user space holding memory_lock(disk)',
      },
    ])
    expect(told(report).slice(2)).toEqual([
      'vmm: revoke disk -> blocked on INV-12',
      'vmm: sleep 1 -> not-reached: vmm did not return from step 3',
      'late: wait buf, until revoked -> ok',
      'late: sleep 1 ms -> ok',
      'late: restore disk -> blocked on memory_lock(disk)',
    ])
    expect(report.verdict).toBe('fail')
  })

  test('INV-28: what is left when everybody is gone is a violation', () => {
    const report = tell({ actors: { vmm: [...lend, step('import', 'buf', { on: 'nic', leaks: true })] } })
    expect(report.violations.map((one) => one.message)).toEqual([
      'left over: a reference to buffer of disk 0',
      'left over: the attachment of nic to buffer of disk 0',
    ])
    expect(report.violations.map((one) => one.invariant)).toEqual(['INV-28', 'INV-28'])
    expect(report.verdict).toBe('fail')
  })

  test('a bug in a driver rejects the run, with the name of the thread', async () => {
    const bug = systemOf(['bug'])
      .machine('sim')
      .run(scenarioOf({ actors: { vmm: lend } }), { seed: 1 })
    await expect(bug).rejects.toThrow('thread vmm failed: no such thing')
    const mistake = systemOf()
      .machine('sim')
      .run(scenarioOf({ actors: { vmm: [step('open', 'disc')] } }), { seed: 1 })
    await expect(mistake).rejects.toMatchObject({ code: 'NAME_UNKNOWN' })
  })
})
