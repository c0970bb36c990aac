import type { DmaBuf } from '@barter/core'
import { describe, expect, test } from 'vitest'
import { house, type HouseOptions, type OpenFile, range, refusal } from './house.ts'
import { attached } from './probe.ts'
import { REVOKE } from '../src/index.ts'

const OFF = 0x101
const ON = 0x103

const lent = (options: HouseOptions = {}) => {
  const machine = house(options)
  const file = machine.open()
  return { machine, file, buffer: file.export() }
}

const states = (machine: ReturnType<typeof house>): string[] =>
  machine.events().flatMap((event) => (event.kind === 'state' ? [`${event.buffer} ${event.state}`] : []))

describe('who may attach and map', () => {
  test.each([
    ['peer2peer false', { peer2peer: false }, 'EOPNOTSUPP', 'EOPNOTSUPP'],
    ['peer2peer false, no callback', { peer2peer: false, manner: 'none' }, 'EOPNOTSUPP', 'EOPNOTSUPP'],
    ['no callback', { manner: 'none' }, 'EOPNOTSUPP', 'ENODEV'],
    ['no importer operations', { isStatic: true }, 'EOPNOTSUPP', 'EOPNOTSUPP'],
    ['revocable', {}, 'ok', 'ENODEV'],
  ] as const)('VFIO-25: %s %o gives %s, while revoked %s', (_name, options, live, revoked) => {
    const { machine, file, buffer } = lent()
    const attach = () => refusal(() => attached(machine, 'nic', buffer, options)).split(' ')[0]
    expect(attach()).toBe(live)
    file.command(OFF)
    expect(attach()).toBe(revoked)
  })

  test('VFIO-26: map while revoked fails with ENODEV, and unmap works whenever', () => {
    const { machine, file, buffer } = lent()
    const probe = attached(machine, 'nic', buffer)
    const table = probe.map()
    expect(table).toMatchObject({ mapType: 'bus-addr', origNents: 0, entries: [{ length: 4096 }] })
    file.command(OFF)
    expect(probe.mapped).toBe(false)
    expect(refusal(() => probe.map())).toBe('ENODEV VFIO-24b')
    expect(machine.violations()).toEqual([])
  })

  test('VFIO-27: pinning succeeds and protects from nothing', () => {
    const { machine, file, buffer } = lent()
    const probe = attached(machine, 'nic', buffer)
    machine.call(() => probe.locked(() => probe.attachment.pin()))
    probe.map()
    file.command(OFF)
    expect(probe.mapped).toBe(false)
  })

  test('IFD-4: physical ranges are handed out of one range, not of several, not while revoked', () => {
    const { machine, file, buffer } = lent()
    const ranges = (of: DmaBuf) => {
      const probe = attached(machine, 'nic', of)
      return machine.call(() => probe.locked(() => probe.attachment.physRanges()))
    }
    const start = machine.device('nvme').fn.bars.find((bar) => bar.index === 2)?.start
    expect(ranges(buffer)).toEqual([{ start, length: 4096 }])
    const two = file.export({ ranges: [range(0, 4096), range(8192, 4096)] })
    expect(refusal(() => ranges(two))).toBe('EOPNOTSUPP IFD-4')
  })
})

describe('revoke and un-revoke', () => {
  test('REV-2, REV-5, DMB-20: the steps, in order', () => {
    const { machine, file, buffer } = lent()
    attached(machine, 'nic', buffer).map()
    const before = machine.protocol().length
    file.command(OFF)
    file.command(ON)
    const steps = machine.protocol().slice(before)
    expect(steps).toEqual([
      'memory off: lockMemory',
      'memory off: zap',
      'memory off: revoke',
      'revoke: lockResv',
      'revoke: setFlag',
      'revoke: invalidate',
      'revoke: waitFences',
      'revoke: unlockResv',
      'revoke: dropOwn',
      'revoke: waitUnmapped',
      'revoke: rearm',
      'memory off: act',
      'memory off: unrevokeIfEnabled',
      'memory off: unlockMemory',
      'memory on: lockMemory',
      'memory on: act',
      'memory on: unrevokeIfEnabled',
      'un-revoke: lockResv',
      'un-revoke: invalidate',
      'un-revoke: waitFences',
      'un-revoke: unlockResv',
      'un-revoke: lockResv',
      'un-revoke: clearFlag',
      'un-revoke: unlockResv',
      'memory on: unlockMemory',
    ])
    expect(states(machine)).toEqual([`${buffer.name} revoked`, `${buffer.name} live`])
  })

  test('REV-3: a map from within the callback fails, since the flag goes up first; so does one from a worker', () => {
    for (const manner of ['inline', 'worker'] as const) {
      const { machine, file, buffer } = lent()
      const probe = attached(machine, 'nic', buffer, { manner, remap: true })
      probe.map()
      file.command(OFF)
      const late = manner === 'worker' ? ['worker-unmap'] : []
      expect(probe.events).toEqual(['mapped', 'invalidate-mapped', ...late, 'unmapped', `${manner}-remap-failed`])
    }
  })

  test('REV-2: the trigger waits for an importer that unmaps later, with the reservation free', () => {
    const { machine, file, buffer } = lent()
    const probe = attached(machine, 'nic', buffer, { manner: 'worker' })
    probe.map()
    const begun = machine.now()
    file.command(OFF)
    expect(machine.now() - begun).toBeGreaterThan(30_000)
    expect(probe.events).toEqual(['mapped', 'invalidate-mapped', 'worker-unmap', 'unmapped'])
    const waits = machine.events().flatMap((event) => (event.kind === 'blocked' && event.on !== 'time' ? [event] : []))
    expect(waits.map(({ task, why }) => [task, why])).toEqual([['user', 'unmap']])
  })

  test('REV-2, INV-10: an importer that never unmaps holds the trigger until it does', () => {
    const { machine, file, buffer } = lent()
    const probe = attached(machine, 'nic', buffer, { manner: 'manual' })
    probe.map()
    const reset = machine.start('reset', () => file.file.control('reset', {}))
    machine.settle()
    expect([reset.done, probe.mapped]).toEqual([false, true])
    expect(refusal(() => attached(machine, 'far', buffer))).toBe('ENODEV VFIO-25')
    probe.unmap()
    expect([reset.done, probe.events]).toEqual([
      true,
      ['mapped', 'invalidate-mapped', 'unmapped', 'invalidate-unmapped'],
    ])
  })

  test('REV-2, DMB-21: a fence of any usage delays the trigger although nothing is mapped', () => {
    const { machine, file, buffer } = lent()
    const probe = attached(machine, 'nic', buffer)
    const fence = machine.kernel.fence('work')
    machine.call(() =>
      probe.locked(function* () {
        buffer.resv.addFence(fence, 'bookkeep')
      }),
    )
    const off = machine.start('off', () => file.file.control('configWrite', { register: 'command', value: OFF }))
    machine.settle()
    expect(off.done).toBe(false)
    fence.signal()
    machine.settle()
    expect(off.done).toBe(true)
  })

  test('REV-1, REV-7: buffers are revoked one after the other, oldest first; a stuck one delays those after it', () => {
    const { machine, file, buffer } = lent()
    const second = file.export({ ranges: [range(0x4000, 4096)] })
    const first = attached(machine, 'nic', buffer, { manner: 'manual' })
    const later = attached(machine, 'far', second)
    first.map()
    later.map()
    const off = machine.start('off', () => file.file.control('configWrite', { register: 'command', value: OFF }))
    machine.settle()
    expect([off.done, first.events.length, later.events.length]).toEqual([false, 2, 1])
    first.unmap()
    expect([off.done, later.mapped]).toEqual([true, false])
    expect(states(machine)).toEqual([`${buffer.name} revoked`, `${second.name} revoked`])
  })

  test('DMB-16: of one buffer the newest attachment is told first, and both unmap before the trigger goes on', () => {
    const { machine, file, buffer } = lent()
    const old = attached(machine, 'nic', buffer, { manner: 'worker' })
    const young = attached(machine, 'far', buffer, { manner: 'worker' })
    old.map()
    young.map()
    const begun = machine.now()
    file.command(OFF)
    expect(machine.now() - begun).toBeLessThan(60_000)
    expect([old.mapped, young.mapped]).toEqual([false, false])
    const told = machine.events().flatMap((event) => (event.kind === 'invalidate' ? [event.device] : []))
    expect(told).toEqual(['far', 'nic'])
  })

  test('INV-13, REV-6: revoking twice is revoking once; callbacks bear being told with nothing mapped', () => {
    const { machine, file, buffer } = lent()
    const probe = attached(machine, 'nic', buffer)
    probe.map()
    for (const word of [OFF, OFF, ON, ON, OFF, ON]) file.command(word)
    expect(probe.events).toEqual([
      'mapped',
      'invalidate-mapped',
      'unmapped',
      'invalidate-unmapped',
      'invalidate-unmapped',
      'invalidate-unmapped',
    ])
    probe.map()
    file.command(OFF)
    expect(probe.mapped).toBe(false)
    expect(machine.violations()).toEqual([])
  })

  test('VFIO-16, VFIO-24b: a buffer made while memory is off is born revoked and lives with the others', () => {
    const { machine, file } = lent()
    file.command(OFF)
    const born = file.export()
    expect(machine.events().findLast((event) => event.kind === 'export')).toMatchObject({ state: 'revoked' })
    expect(refusal(() => attached(machine, 'nic', born))).toBe('ENODEV VFIO-25')
    file.command(OFF)
    file.command(ON)
    expect(attached(machine, 'nic', born).map().entries).toHaveLength(1)
  })

  test('INV-1: a write through a table from before the revoke is a violation, one through a new table is not', () => {
    const { machine, file, buffer } = lent()
    const probe = attached(machine, 'nic', buffer)
    const old = probe.map()
    probe.write(old)
    file.control('reset')
    const fresh = probe.map()
    probe.write(fresh)
    expect(machine.violations()).toEqual([])
    probe.write(old)
    expect(machine.violations().map((violation) => violation.invariant)).toEqual(['INV-1'])
  })

  test('INV-1: without the wait for unmaps the judge finds the write that comes after the revoke', () => {
    const revoke = REVOKE.filter((step) => !['waitUnmapped', 'rearm', 'dropOwn'].includes(step.name))
    const { machine, file, buffer } = lent({ protocols: { revoke } })
    const probe = attached(machine, 'nic', buffer, { manner: 'manual' })
    const table = probe.map()
    file.control('reset')
    probe.write(table)
    expect(machine.violations().map((violation) => violation.invariant)).toEqual(['INV-1'])
  })
})

describe('the end of buffers', () => {
  const closed = () => {
    const all = lent()
    const probe = attached(all.machine, 'nic', all.buffer)
    probe.map()
    all.file.close()
    return { ...all, probe }
  }
  const put = (machine: ReturnType<typeof house>, buffer: DmaBuf) => {
    machine.call(function* () {
      buffer.put()
    })
  }
  const again = (file: OpenFile) => {
    for (const word of [OFF, ON]) file.command(word)
  }

  test('REV-8, TRG-14: the last close revokes for good, before the device is reset', () => {
    const { machine, buffer, probe } = closed()
    expect(probe.events).toEqual(['mapped', 'invalidate-mapped', 'unmapped'])
    expect(states(machine)).toEqual([`${buffer.name} revoked`, `${buffer.name} dead`])
    expect(machine.protocol().slice(-4)).toEqual([
      'low power exit: lockMemory',
      'low power exit: act',
      'low power exit: unrevokeIfEnabled',
      'low power exit: unlockMemory',
    ])
    const dead = machine.events().findLast((event) => event.kind === 'state')
    const dark = machine.events().findLast((event) => event.kind === 'dark')
    expect(dead?.seq).toBeLessThan(dark?.seq ?? 0)
  })

  test('REV-10, VFIO-24c, INV-22: reopening changes nothing for old buffers; new ones have nothing to do with them', () => {
    const { machine, buffer, probe } = closed()
    const file = machine.open()
    again(file)
    expect(refusal(() => probe.map())).toBe('ENODEV VFIO-24c')
    expect(refusal(() => attached(machine, 'nic', buffer))).toBe('ENODEV VFIO-25')
    expect(probe.invalidations).toBe(1)
    expect(attached(machine, 'nic', file.export()).map().entries).toHaveLength(1)
  })

  test('VFIO-19: a buffer outlives its device without a claim on it', () => {
    const { machine, buffer, probe } = closed()
    const unbind = machine.unbind('nvme')
    machine.settle()
    expect(unbind.done).toBe(true)
    probe.detach()
    put(machine, buffer)
    machine.atEnd()
    expect(states(machine).at(-1)).toBe(`${buffer.name} released`)
    expect(machine.violations()).toEqual([])
  })

  test('REV-9, DMB-6: an attachment keeps the buffer; its release unlists it and gives the registration back', () => {
    const { machine, file, buffer } = lent()
    const probe = attached(machine, 'nic', buffer)
    probe.map()
    put(machine, buffer)
    file.command(OFF)
    file.command(ON)
    expect(probe.invalidations).toBe(2)
    probe.map()
    probe.detach()
    expect(states(machine).at(-1)).toBe(`${buffer.name} released`)
    const before = machine.protocol().length
    file.command(OFF)
    expect(machine.protocol().slice(before)).not.toContain('revoke: setFlag')
    file.close()
    machine.atEnd()
    expect(machine.violations()).toEqual([])
  })

  test('VFIO-24d, VFIO-18: a buffer that is dying while its device is closed gives its registration back by itself', () => {
    const { machine, file, buffer } = lent()
    // The last reference goes in a thread that returns to user space only after the close.
    machine.start('holder', function* () {
      buffer.put()
      yield* file.file.close()
    })
    machine.settle()
    const unbind = machine.unbind('nvme')
    machine.settle()
    expect([unbind.done, unbind.error]).toEqual([true, undefined])
    expect(machine.protocol()).not.toContain('cleanup: unlist')
    expect(machine.violations()).toEqual([])
  })

  test('REV-8, INV-6: a close while memory was off drains nothing twice', () => {
    const { machine, file, buffer } = lent()
    const probe = attached(machine, 'nic', buffer)
    probe.map()
    file.command(OFF)
    file.close()
    expect(probe.invalidations).toBe(1)
    expect(states(machine)).toEqual([`${buffer.name} revoked`, `${buffer.name} dead`])
    expect(machine.violations()).toEqual([])
  })

  test('INV-7, INV-28: with a registration dropped too few the end of the run says so', () => {
    const { machine, file, buffer } = lent({ protocols: { cleanup: [] } })
    file.close()
    machine.atEnd()
    expect(machine.violations().map(({ invariant, rule }) => `${invariant} ${rule}`)).toEqual([
      'INV-26 TRG-14',
      'INV-28 INV-28',
    ])
    put(machine, buffer)
  })
})
