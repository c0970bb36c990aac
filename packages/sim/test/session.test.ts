import { describe, expect, test } from 'vitest'
import { step, type Story, tell, told } from './house.ts'

const lend = [step('open', 'disk'), step('export', 'disk', { bar: 0, as: 'buf' })]

describe('steps of a scenario', () => {
  test('a buffer is lent, imported, written and read; everything is given back', () => {
    const report = tell({
      actors: {
        vmm: [
          ...lend,
          step('import', 'buf', { on: 'nic', as: 'mr' }),
          step('write', 'mr', { offset: '0x1000', data: 'hello' }),
          step('read', 'mr', { offset: '4 KiB', length: 5 }),
          step('read', 'mr', { offset: '4 KiB', length: 5, expectData: 'world', expect: 'error' }),
          step('close', 'mr'),
          step('close', 'buf'),
          step('close', 'disk'),
        ],
      },
      expect: [{ kind: 'no-violation' }, { kind: 'all-finish' }],
    })
    expect(told(report)).toEqual([
      'vmm: open disk -> ok',
      'vmm: export disk, bar 0, as buf -> ok',
      'vmm: import buf, on nic, as mr -> ok',
      'vmm: write mr, offset 0x1000, data "hello" -> ok',
      'vmm: read mr, offset 4 KiB, length 5 B -> "hello"',
      'vmm: read mr, offset 4 KiB, length 5 B, expectData "world" -> error other data came back: "hello"',
      'vmm: close mr -> ok',
      'vmm: close buf -> ok',
      'vmm: close disk -> ok',
    ])
    expect(report).toMatchObject({ verdict: 'pass', violations: [], machine: 'sim', title: 'a test', seed: 1 })
    expect(report.expectations.map((one) => one.met)).toEqual([true, true])
  })

  test('a step that names what another actor makes waits for it, and has a descriptor of its own', () => {
    const report = tell({
      actors: {
        nic: [step('import', 'buf', { on: 'nic', as: 'mr' }), step('write', 'mr', { length: 64 })],
        vmm: [step('sleep', '1 ms'), ...lend, step('close', 'buf'), step('wait', 'nic', { until: 'done' })],
      },
    })
    expect(report.verdict).toBe('pass')
    expect(report.events.find((event) => event.kind === 'blocked' && event.task === 'nic')).toMatchObject({
      task: 'nic',
      on: 'buf',
      why: 'not made yet',
    })
    // The descriptor that was sent keeps the buffer.
    const release = report.events.find((event) => event.kind === 'state' && event.state === 'released')
    expect(release?.task).toBe('nic')
  })

  test('DMB-1, DMB-5: a buffer is released when the last of all descriptors and importers is gone', () => {
    const story = (closes: boolean): Story => ({
      actors: {
        vmm: [...lend, step('close', 'buf'), step('wait', 'buf', { until: 'released' })],
        nic: [
          step('import', 'buf', { on: 'nic', as: 'mr' }),
          step('sleep', '1 ms'),
          step('close', 'mr'),
          ...(closes ? [step('close', 'buf')] : []),
          step('sleep', '1 ms'),
        ],
      },
    })
    for (const closes of [true, false]) {
      const report = tell(story(closes))
      expect(report.verdict).toBe('pass')
      const released = report.events.find((event) => event.kind === 'state' && event.state === 'released')?.tick ?? 0
      expect([released >= 1000, released >= 2000]).toEqual([true, !closes])
    }
  })

  test('DMB-4: what the process has given back is EBADF, also when another process still has it', () => {
    const report = tell({
      actors: {
        vmm: [
          ...lend,
          step('close', 'buf'),
          step('import', 'buf', { on: 'nic', expect: 'EBADF' }),
          step('close', 'buf', { expect: 'EBADF' }),
          step('close', 'disk'),
          step('revoke', 'disk', { expect: 'EBADF' }),
        ],
        nic: [step('import', 'buf', { on: 'nic' })],
      },
    })
    expect(report.verdict).toBe('pass')
  })

  test('actors of one process share its descriptors; the process ends with the last of them', () => {
    const report = tell({
      actors: {
        first: lend,
        second: [
          step('import', 'buf', { on: 'nic', as: 'mr' }),
          step('sleep', '5 ms'),
          step('write', 'mr', { length: 8 }),
        ],
      },
      process: { first: 'vmm', second: 'vmm' },
    })
    expect(report.verdict).toBe('pass')
    const released = report.events.find((event) => event.kind === 'state' && event.state === 'released')
    expect(released?.tick).toBeGreaterThan(5000)
    expect(released?.task).toBe('second')
  })

  test('the end of a process closes its device, and so revokes what others still use', () => {
    const report = tell({
      actors: {
        vmm: [...lend, step('wait', 'mr', { until: 'mapped' })],
        nic: [
          step('import', 'buf', { on: 'nic', as: 'mr' }),
          step('touch', 'mr'),
          step('wait', 'buf', { until: 'revoked' }),
          step('write', 'mr', { length: 8, expect: 'ENODEV' }),
        ],
      },
    })
    expect(report.verdict).toBe('pass')
  })

  test('without expect a step has to be ok; with it, any of the list', () => {
    const bad = step('export', 'disk', { bar: 3 })
    const run = (third: typeof bad) => tell({ actors: { vmm: [step('open', 'disk'), third] } })
    expect(run(bad)).toMatchObject({ verdict: 'fail', outcomes: [{ met: true }, { met: false }] })
    expect(run({ ...bad, expect: ['ok', 'EINVAL'] })).toMatchObject({ verdict: 'pass', outcomes: [{}, { met: true }] })
    expect(run({ ...bad, expect: ['ENODEV'] }).verdict).toBe('fail')
  })

  test('a step that needs what was not made is not reached, and says why; that is all right if the failure was', () => {
    const run = (expectation: 'EINVAL' | 'ok') =>
      tell({
        actors: {
          vmm: [step('open', 'disk'), step('export', 'disk', { bar: 3, as: 'buf', expect: expectation })],
          nic: [step('import', 'buf', { on: 'nic', as: 'mr' }), step('write', 'mr', { length: 8 })],
        },
      })
    expect(told(run('EINVAL')).slice(2)).toEqual([
      'nic: import buf, on nic, as mr -> not-reached: there is no buf (EINVAL: BAR 3 cannot be lent)',
      'nic: write mr, length 8 B -> not-reached: there is no mr (not reached: there is no buf (EINVAL: BAR 3 cannot be lent))',
    ])
    expect(run('EINVAL').verdict).toBe('pass')
    expect(run('ok')).toMatchObject({ verdict: 'fail', outcomes: [{}, { met: false }, { met: false }, { met: false }] })
  })

  test('repeated accesses are counted by how they ended, each held against expect', () => {
    const report = tell({
      actors: {
        vmm: [...lend, step('sleep', 500), step('revoke', 'disk')],
        nic: [
          step('import', 'buf', { on: 'nic', as: 'mr' }),
          step('write', 'mr', { length: 64, times: 5, pause: 200, expect: ['ok', 'ENODEV'] }),
          step('write', 'mr', { length: 64, times: 2, expect: 'ok' }),
        ],
      },
    })
    const [first, second] = report.outcomes.filter((one) => one.text.startsWith('write'))
    expect(first?.result).toMatchObject({ kind: 'ok' })
    expect((first?.result as { value?: unknown }).value).toMatch(/^\d ok, \d error \(local protection error, ENODEV\)$/)
    expect(first?.met).toBe(true)
    expect(second).toMatchObject({
      result: { value: '2 error (local protection error, ENODEV)' },
      met: false,
    })
  })

  test('wait goes on when it is so, and blocks for ever when it never is', () => {
    const report = tell({
      actors: {
        vmm: [
          ...lend,
          step('wait', 'mr', { until: 'mapped' }),
          step('revoke', 'disk'),
          step('restore', 'disk'),
          step('command', 'disk', { memory: false }),
          step('command', 'disk', { memory: true }),
          step('wait', 'nic', { until: 'done' }),
        ],
        nic: [
          step('import', 'buf', { on: 'nic', as: 'mr', lets: 'later' }),
          step('touch', 'mr'),
          step('wait', 'mr', { until: 'invalidated' }),
          step('wait', 'mr', { until: 'unmapped' }),
        ],
        revoked: [step('wait', 'buf', { until: 'revoked' }), step('wait', 'buf', { until: 'live' })],
        dark: [step('wait', 'disk', { until: 'dark' }), step('wait', 'disk', { until: 'light' })],
        vain: [step('wait', 'gpu', { until: 'dark' }), step('sleep', 1)],
      },
      expect: [{ kind: 'blocks', actor: 'vain' }],
    })
    expect(told(report).filter((line) => line.includes('not-reached') || line.includes('blocked'))).toEqual([
      'vain: wait gpu, until dark -> blocked on gpu dark',
      'vain: sleep 1 -> not-reached: vain did not return from step 1',
    ])
    expect(report.verdict).toBe('pass')
    expect(report.expectations).toMatchObject([{ met: true, why: 'vain waits for gpu dark (not so yet)' }])
    const touched = report.outcomes.find((one) => one.text === 'touch mr')
    expect(touched?.result).toEqual({ kind: 'ok', value: 'bus-addr' })
  })

  test('P2P-7: unbind destroys the P2P state; bind makes the device usable again', () => {
    const report = tell({
      actors: {
        root: [
          step('unbind', 'disk'),
          step('open', 'disk', { expect: 'ENODEV' }),
          step('unbind', 'disk', { expect: 'ENODEV' }),
          step('bind', 'disk'),
          step('bind', 'disk', { expect: 'EBUSY' }),
          step('open', 'disk', { as: 'again' }),
          step('export', 'again', { bar: 0, as: 'buf' }),
          step('import', 'buf', { on: 'nic', as: 'mr' }),
          step('write', 'mr', { length: 16 }),
        ],
      },
      expect: [{ kind: 'no-violation' }],
    })
    expect(report.verdict).toBe('pass')
  })

  test('two files of one device: each actor means its own by the name of the device', () => {
    const report = tell({
      actors: {
        one: [step('open', 'disk'), step('export', 'disk', { bar: 0 })],
        two: [step('open', 'disk'), step('close', 'disk'), step('open', 'disk'), step('export', 'disk', { bar: 0 })],
      },
    })
    expect(report.verdict).toBe('pass')
  })

  test('u64 values reach the driver as they are written', () => {
    const hostile = { offset: '0xffff_ffff_ffff_f000', length: '4 KiB' }
    const report = tell({
      actors: { vmm: [step('open', 'disk'), step('export', 'disk', { bar: 7, ranges: [hostile], expect: 'EINVAL' })] },
    })
    expect(told(report)[1]).toBe('vmm: export disk, bar 7, ranges offset 0xffff_ffff_ffff_f000 length 4 KiB -> EINVAL')
  })
})
