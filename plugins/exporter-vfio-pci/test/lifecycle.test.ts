import { PCI_COMMAND } from '@barter/core'
import { describe, expect, test } from 'vitest'
import { house, refusal } from './house.ts'
import { attached } from './probe.ts'
import { CONTROL_HANDLERS } from '../src/control-handlers.ts'

const OFF = 0x101
const ON = 0x103

describe('open and close', () => {
  test('TRG-9: a first open resets the device, and its command register is as firmware left it but for bus mastering', () => {
    const machine = house()
    const file = machine.open()
    expect(file.control('info')).toEqual({ resetSupported: true, command: 0x103 })
    expect(machine.now()).toBeGreaterThan(100_000)
  })

  test('VFIO-17, TRG-14: of two opens only the last close revokes', () => {
    const machine = house()
    const first = machine.open()
    const buffer = first.export()
    const probe = attached(machine, 'nic', buffer)
    probe.map()
    const again = machine.open()
    first.close()
    expect(probe.mapped).toBe(true)
    expect(attached(machine, 'nic', again.export()).map().entries).toHaveLength(1)
    again.close()
    expect(probe.mapped).toBe(false)
    machine.atEnd()
    expect(machine.violations()).toEqual([])
  })

  test('TRG-14, REV-8: a close waits for an importer that does not unmap', () => {
    const machine = house()
    const file = machine.open()
    const probe = attached(machine, 'nic', file.export(), { manner: 'manual' })
    probe.map()
    const close = machine.start('close', () => file.file.close())
    machine.settle()
    expect(close.done).toBe(false)
    probe.unmap()
    expect([close.done, refusal(() => probe.map())]).toEqual([true, 'ENODEV VFIO-24c'])
  })

  test('INV-26: a close from D3hot and low power leaves the device awake, its registers as they were at open', () => {
    const machine = house()
    const file = machine.open()
    file.export()
    file.control('configWrite', { register: 'pmcsr', value: 3 })
    file.control('lowPower', { action: 'entry' })
    file.close()
    const device = machine.device('nvme')
    expect([machine.hardware.whyDark(device.bdf), device.config.read(4, 2)]).toEqual([undefined, 0x103])
    expect(machine.open().export().size).toBe(4096)
    expect(machine.violations()).toEqual([])
  })

  test('VFIO-41: the first open fails with EAGAIN while the device lock is held, and counts for nothing', () => {
    const machine = house()
    const { lock } = machine.device('nvme')
    const outcomes: string[] = []
    machine.call(function* () {
      yield* lock.lock()
      try {
        yield* machine.driver.open(machine.device('nvme'))
      } catch (error) {
        outcomes.push(String((error as { errno?: string }).errno))
      }
      lock.unlock()
    })
    expect(outcomes).toEqual(['EAGAIN'])
    machine.atEnd()
    expect(machine.violations()).toEqual([])
  })
})

describe('unbind', () => {
  test('TRG-15: an unbind waits for the last close, asks for the device, and revokes nothing itself', () => {
    const machine = house()
    const file = machine.open()
    const buffer = file.export()
    const probe = attached(machine, 'nic', buffer)
    probe.map()
    file.control('armRequest')
    const unbind = machine.unbind('nvme')
    machine.settle()
    expect([unbind.done, probe.events]).toEqual([false, ['mapped']])
    expect(machine.events().findLast((event) => event.kind === 'blocked')).toMatchObject({ why: 'registration' })
    expect([file.control('requestSeen'), file.control('requestSeen')]).toEqual([
      { signalled: true },
      { signalled: false },
    ])
    expect(refusal(() => machine.open())).toBe('ENODEV TRG-15')

    // All goes on as before meanwhile: exports, maps and triggers.
    expect(attached(machine, 'far', file.export()).map().entries).toHaveLength(1)
    file.command(OFF)
    expect(probe.mapped).toBe(false)
    file.close()
    expect([unbind.done, unbind.error]).toEqual([true, undefined])
    expect(machine.violations()).toEqual([])
  })

  test('TRG-15, VFIO-41: while an unbind waits, a reset only tries the device lock', () => {
    const machine = house()
    const file = machine.open()
    const probe = attached(machine, 'nic', file.export())
    probe.map()
    const unbind = machine.unbind('nvme')
    machine.settle()
    expect(refusal(() => file.control('reset'))).toBe('EAGAIN TRG-9')
    probe.map()
    file.close()
    expect(unbind.done).toBe(true)
    expect(machine.violations()).toEqual([])
  })

  test('VFIO-17: without an open file an unbind waits for nobody, and the device can be bound anew', () => {
    const machine = house()
    const unbind = machine.unbind('nvme')
    machine.settle()
    expect(unbind.done).toBe(true)
    expect(refusal(() => machine.open())).toBe('ENODEV VFIO-17')
    machine.bind('nvme')
    expect(machine.open().export().size).toBe(4096)
  })
})

describe('hot reset', () => {
  const two = () => {
    const machine = house({
      exporter: { functions: [{ endpoint: 'fn1', bars: [{ index: 0, length: '16 KiB' }] }] },
    })
    machine.bind('fn1')
    const file = machine.open()
    const other = machine.open('fn1')
    const probe = attached(machine, 'nic', file.export())
    const second = attached(machine, 'nic', other.export({ bar: 0 }))
    return { machine, file, other, probe, second }
  }

  test('TRG-10: it takes every device of the set; afterwards memory decides for each', () => {
    const { machine, file, other, probe, second } = two()
    probe.map()
    second.map()
    expect(file.control('hotResetInfo')).toEqual({
      devices: ['nvme', 'fn1'].map((name) => machine.device(name).bdf),
    })
    file.control('reset')
    expect([probe.invalidations, second.invalidations]).toEqual([2, 0])
    file.control('hotReset', { groups: ['nvme', 'fn1'] })
    expect([probe.invalidations, second.invalidations]).toEqual([4, 2])
    second.map()
    other.command(OFF)
    file.control('hotReset', { groups: ['nvme', 'fn1'] })
    expect([probe.invalidations, second.invalidations]).toEqual([6, 3])
    expect(refusal(() => second.map())).toBe('ENODEV VFIO-24b')
    expect(machine.violations()).toEqual([])
  })

  test.each([
    ['no groups', [], 'EINVAL TRG-10'],
    ['more groups than devices', ['nvme', 'fn1', 'nvme'], 'EINVAL TRG-10'],
    ['a file that is no group', ['stdin'], 'EINVAL TRG-10'],
    ['a closed descriptor', ['closed'], 'EBADF TRG-10'],
  ])('TRG-10: %s: refused with %s before anything is revoked', (_name, groups, expected) => {
    const { file, probe, second } = two()
    expect(refusal(() => file.control('hotReset', { groups }))).toBe(expected)
    expect([probe.invalidations, second.invalidations]).toEqual([0, 0])
  })

  test('TRG-10: a device of another owner stops it; those reached before are undone', () => {
    const { file, probe, second } = two()
    expect(refusal(() => file.control('hotReset', { groups: ['nvme'] }))).toBe('EINVAL TRG-10')
    expect([probe.invalidations, second.invalidations]).toEqual([2, 0])
  })

  test('TRG-10, VFIO-41: a held memory_lock stops it with EBUSY', () => {
    const { machine, file, other, probe, second } = two()
    second.map()
    const stuck = attached(machine, 'far', other.export({ bar: 0 }), { manner: 'manual' })
    stuck.map()
    const off = machine.start('off', () => other.file.control('configWrite', { register: 'command', value: OFF }))
    machine.settle()
    expect(refusal(() => file.control('hotReset', { groups: ['nvme', 'fn1'] }))).toBe('EBUSY VFIO-41')
    expect(probe.invalidations).toBe(2)
    stuck.unmap()
    expect(off.done).toBe(true)
  })

  test('TRG-10: a device that no driver of ours has makes it EINVAL', () => {
    const machine = house({ exporter: { functions: [{ endpoint: 'fn1' }] } })
    const file = machine.open()
    expect(refusal(() => file.control('hotReset', { groups: ['nvme', 'fn1'] }))).toBe('EINVAL TRG-10')
  })

  test('TRG-16: when the last device of a set is closed, the bus is reset for those that no function reset helps', () => {
    const machine = house({
      exporter: { flr: false, functions: [{ endpoint: 'fn1', flr: false, bars: [{ index: 0, length: '16 KiB' }] }] },
    })
    machine.bind('fn1')
    const busResets = () =>
      machine.events().filter((event) => event.kind === 'dark' && event.why.startsWith('secondary bus reset')).length
    const first = machine.open()
    const second = machine.open('fn1')
    expect(first.control('info')).toMatchObject({ resetSupported: false })
    first.close()
    expect(busResets()).toBe(0)
    second.close()
    expect(busResets()).toBe(2)
    expect(machine.device('nvme').config.read(PCI_COMMAND, 2)).toBe(ON)
    expect(machine.violations()).toEqual([])
  })

  test('TRG-10: where the bus cannot be reset it is ENODEV', () => {
    const machine = house()
    machine.bind('bare')
    const file = machine.open('bare')
    expect(refusal(() => file.control('hotReset', { groups: ['bare'] }))).toBe('ENODEV TRG-10')
    expect(refusal(() => file.control('hotResetInfo'))).toBe('ENODEV TRG-10')
  })
})

describe('words of the driver', () => {
  test('VFIO-3: each control that is described is understood, and none besides', () => {
    const machine = house()
    // Words that are about the file, not about the device alone.
    const ofTheFile = ['bindIommufd', 'attachIoas', 'detachIoas']
    expect([...Object.keys(CONTROL_HANDLERS), ...ofTheFile].sort()).toEqual(Object.keys(machine.driver.controls).sort())
    const file = machine.open()
    expect(refusal(() => file.control('dance'))).toBe('ENOTTY VFIO-3')
  })

  test('a wrong argument is a mistake of a person, and says which', () => {
    const file = house().open()
    const code = (name: string, args: object) => {
      try {
        file.control(name, args as never)
        return 'ok'
      } catch (error) {
        return (error as { code?: string }).code
      }
    }
    expect(code('configWrite', { register: 'afctl', value: 1 })).toBe('REGISTER_ABSENT')
    expect(code('configWrite', { register: 'command', value: -1 })).toBe('CONTROL_ARGUMENT')
    expect(code('configWrite', { register: 'command' })).toBe('CONTROL_ARGUMENT')
    expect(code('lowPower', { action: 'nap' })).toBe('CONTROL_ARGUMENT')
    expect(code('hotReset', { groups: ['nobody'] })).toBe('CONTROL_ARGUMENT')
    expect(code('feature', { feature: 'dmaBuf', flags: 'get' })).toBe('CONTROL_ARGUMENT')
    expect(refusal(() => file.control('configRead', { offset: 4094, width: 4 }))).toBe('EFAULT TRG-4')
  })
})
