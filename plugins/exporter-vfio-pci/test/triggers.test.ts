import { PCI_BRIDGE_CONTROL, PCI_BRIDGE_CTL_BUS_RESET, PCI_COMMAND, waitFor } from '@barter/core'
import { describe, expect, test } from 'vitest'
import { house, type HouseOptions, refusal } from './house.ts'
import { attached, type ProbeOptions } from './probe.ts'

const OFF = 0x101
const ON = 0x103

function mapped(options: HouseOptions = {}, importer: ProbeOptions = {}) {
  const machine = house(options)
  const file = machine.open()
  const buffer = file.export()
  const probe = attached(machine, 'nic', buffer, importer)
  probe.map()
  /** What happened to the importer since it mapped; live or not. */
  const seen = () => [probe.events.slice(1).join(' '), refusal(() => attached(machine, 'far', buffer)) === 'ok']
  return { machine, file, buffer, probe, seen }
}

const REVOKED = ['invalidate-mapped unmapped', false]
const AND_BACK = ['invalidate-mapped unmapped invalidate-unmapped', true]
const UNTOUCHED = ['', true]

/** The order of steps and of what the hardware did, in the last trigger. */
function story(machine: ReturnType<typeof house>, list: string): string[] {
  const told = machine.events().flatMap((event) => {
    if (event.kind === 'protocol' && event.protocol === list) return [event.name]
    if (event.kind === 'dark' || event.kind === 'light') return [event.kind]
    return []
  })
  return told.slice(told.lastIndexOf('lockMemory'))
}

describe('the memory bit', () => {
  test('TRG-1, TRG-2: clearing it revokes before the hardware stops to decode, setting it brings back', () => {
    const { machine, file, seen } = mapped()
    file.command(OFF)
    expect(seen()).toEqual(REVOKED)
    expect(story(machine, 'memory off')).toEqual([
      'lockMemory',
      'zap',
      'revoke',
      'act',
      'dark',
      'unrevokeIfEnabled',
      'unlockMemory',
    ])
    expect(file.control('configRead', { register: 'command' })).toEqual({ value: OFF })
    file.command(ON)
    expect(seen()).toEqual(AND_BACK)
    expect(machine.violations()).toEqual([])
  })

  test.each([
    ['a byte', { offset: PCI_COMMAND, width: 1, value: 0x01 }],
    ['a word', { offset: PCI_COMMAND, width: 2, value: OFF }],
    ['a dword', { offset: PCI_COMMAND, width: 4, value: OFF }],
  ])('TRG-1: %s written at the register is a trigger', (_name, args) => {
    const { file, seen } = mapped()
    file.control('configWrite', args)
    expect(seen()).toEqual(REVOKED)
  })

  test.each([
    ['the upper byte', { offset: PCI_COMMAND + 1, width: 1, value: 0x04 }],
    ['the status register', { register: 'status', value: 0 }],
    ['a word across, which is cut into bytes', { offset: PCI_COMMAND + 1, width: 2, value: 0 }],
    ['a BAR', { register: 'bar2', value: 0xffff_ffff }],
    ['the memory bit as it was', { register: 'command', value: ON }],
    ['bus mastering', { register: 'command', value: 0x107 }],
  ])('TRG-4: writing %s is none', (_name, args) => {
    const { file, seen } = mapped()
    file.control('configWrite', args)
    expect(seen()).toEqual(UNTOUCHED)
  })

  test('TRG-1: when the hardware register cannot be read nothing happens at all', () => {
    let broken = false
    const { file, seen } = mapped({
      fault: ({ point, usual }) => (broken && point === 'vfio:config-read' ? usual : undefined),
    })
    broken = true
    expect(refusal(() => file.command(OFF))).toBe('EIO TRG-1')
    broken = false
    expect(seen()).toEqual(UNTOUCHED)
  })

  test.each([
    ['live again, since memory is still enabled', [], true],
    ['revoked, as in the real kernel', ['BUG-33'], false],
  ])('TRG-3, BUG-33: when the write fails buffers are %s', (_name, switches, live) => {
    let broken = false
    const { file, seen } = mapped({
      facts: { switches },
      fault: ({ point, usual }) => (broken && point === 'vfio:config-write' ? usual : undefined),
    })
    broken = true
    expect(refusal(() => file.command(OFF))).toBe('EIO TRG-3')
    broken = false
    expect(seen()[1]).toBe(live)
    file.command(ON)
    expect(seen()[1]).toBe(true)
  })

  test('TRG-1, VFIO-20: of a virtual function it revokes and un-revokes at once', () => {
    const machine = house({ exporter: { vfs: { count: 1, bars: [{ index: 0, length: '16 KiB' }] } } })
    machine.bind('nvme-vf0')
    const file = machine.open('nvme-vf0')
    expect(file.control('configRead', { register: 'command' })).toEqual({ value: 2 })
    const probe = attached(machine, 'nic', file.export({ bar: 0 }))
    probe.map()
    file.command(0)
    expect(probe.events.slice(1)).toEqual(['invalidate-mapped', 'unmapped', 'invalidate-unmapped'])
    probe.map()
    file.control('configWrite', { register: 'devctl', or: 0x8000 })
    expect(probe.invalidations).toBe(4)
    file.control('configWrite', { register: 'pmcsr', value: 3 })
    expect(refusal(() => probe.map())).toBe('ENODEV VFIO-24b')
    expect(machine.violations()).toEqual([])
  })
})

describe('power states', () => {
  test('TRG-5, TRG-6: D3hot revokes, D0 brings back', () => {
    const { machine, file, seen } = mapped()
    file.control('configWrite', { register: 'pmcsr', value: 3 })
    expect(seen()).toEqual(REVOKED)
    expect(story(machine, 'D3hot')).toEqual([
      'lockMemory',
      'zap',
      'revoke',
      'act',
      'dark',
      'unrevokeIfEnabled',
      'unlockMemory',
    ])
    file.control('configWrite', { register: 'pmcsr', value: 0 })
    expect(seen()).toEqual(AND_BACK)
  })

  test('TRG-2: memory switched on in D3hot stays revoked until D0', () => {
    const { file, seen } = mapped()
    file.command(OFF)
    file.control('configWrite', { register: 'pmcsr', value: 3 })
    file.command(ON)
    expect(seen()).toEqual(REVOKED)
    file.control('configWrite', { register: 'pmcsr', value: 0 })
    expect(seen()).toEqual(AND_BACK)
  })

  test.each([1, 2])('TRG-6, VFIO-21: D%i does not revoke', (state) => {
    const { file, seen } = mapped()
    file.control('configWrite', { register: 'pmcsr', value: state })
    file.control('configWrite', { register: 'pmcsr', value: 0 })
    expect(seen()).toEqual(UNTOUCHED)
  })

  test('TRG-4: a write that begins behind the power register is no trigger', () => {
    const { file, seen } = mapped()
    file.control('configWrite', { offset: 0x40 + 6, width: 2, value: 3 })
    expect(seen()).toEqual(UNTOUCHED)
  })

  test('TRG-5: a device with virtual functions refuses D3hot; it is revoked and live again', () => {
    const { file, seen } = mapped({ exporter: { vfs: { count: 1, bars: [{ index: 0, length: '16 KiB' }] } } })
    file.control('configWrite', { register: 'pmcsr', value: 3 })
    expect(seen()).toEqual(AND_BACK)
  })

  test('TRG-5: a device that forgets its registers in D3hot has them back in D0', () => {
    const { machine, file } = mapped({ exporter: { pmReset: true } })
    const before = file.control('configRead', { register: 'command' })
    file.control('configWrite', { register: 'pmcsr', value: 3 })
    file.control('configWrite', { register: 'pmcsr', value: 0 })
    expect(file.control('configRead', { register: 'command' })).toEqual(before)
    expect(machine.hardware.whyDark(machine.device('nvme').bdf)).toBeUndefined()
  })
})

describe('resets of one function', () => {
  test('TRG-7, TRG-21: device control; the whole darkness lies between revoke and un-revoke, and the bit reads 0', () => {
    const { machine, file, seen } = mapped()
    file.control('configWrite', { register: 'devctl', or: 0x8000 })
    expect(seen()).toEqual(AND_BACK)
    expect(story(machine, 'function reset')).toEqual([
      'lockMemory',
      'zap',
      'revoke',
      'act',
      'dark',
      'dark',
      'dark',
      'light',
      'unrevokeIfBack',
      'unlockMemory',
    ])
    expect(file.control('configRead', { register: 'devctl' })).toEqual({ value: 0 })
    expect(file.control('configRead', { register: 'command' })).toEqual({ value: ON })
    expect(machine.violations()).toEqual([])
  })

  test('TRG-7: without the capability the bit is cleared and nothing else happens', () => {
    const { file, seen } = mapped({ exporter: { flr: false } })
    file.control('configWrite', { register: 'devctl', or: 0x8000 })
    expect(seen()).toEqual(UNTOUCHED)
    expect(file.control('configRead', { register: 'devctl' })).toEqual({ value: 0 })
  })

  test('TRG-8: the advanced features of a conventional device', () => {
    const machine = house()
    const { topology } = machine
    expect(topology.functions.some((fn) => fn.pcie === false)).toBe(true)
    machine.bind('old')
    const file = machine.open('old')
    const probe = attached(machine, 'nic', file.export({ bar: 0 }))
    probe.map()
    file.control('configWrite', { register: 'afctl', value: 1 })
    expect(probe.events.slice(1)).toEqual(['invalidate-mapped', 'unmapped', 'invalidate-unmapped'])
    expect(file.control('configRead', { register: 'afctl' })).toEqual({ value: 0 })
  })

  test('TRG-9: VFIO_DEVICE_RESET wakes the device first, then revokes, resets, and lets everybody back', () => {
    const { machine, file, seen } = mapped()
    file.control('reset')
    expect(seen()).toEqual(AND_BACK)
    expect(story(machine, 'device reset').filter((word) => !['dark', 'light'].includes(word))).toEqual([
      'lockMemory',
      'zap',
      'wakeUp',
      'revoke',
      'act',
      'unrevokeIfBack',
      'unlockMemory',
    ])
  })

  test('TRG-9: from D3hot a reset ends in D0 with memory enabled, so buffers are live', () => {
    const { file, seen } = mapped()
    file.control('configWrite', { register: 'pmcsr', value: 3 })
    file.control('reset')
    expect(seen()).toEqual(AND_BACK)
  })

  test('TRG-9: a device that cannot be reset refuses with EINVAL before any lock', () => {
    const machine = house()
    machine.bind('bare')
    const file = machine.open('bare')
    expect(file.control('info')).toMatchObject({ resetSupported: false })
    expect(refusal(() => file.control('reset'))).toBe('EINVAL TRG-9')
    expect(machine.protocol()).toEqual([])
  })

  test('TRG-9, VFIO-41: with the device lock held the reset fails with EAGAIN, after the whole window', () => {
    const { machine, file, seen } = mapped()
    const { lock } = machine.device('nvme')
    const gate = machine.kernel.fence('gate')
    machine.start('driver core', function* () {
      yield* lock.lock()
      yield* waitFor(gate, 'the test')
      lock.unlock()
    })
    machine.settle()
    expect(refusal(() => file.control('reset'))).toBe('EAGAIN TRG-9')
    expect(seen()).toEqual(AND_BACK)
    gate.signal()
    machine.settle()
    expect(refusal(() => file.control('reset'))).toBe('ok')
  })

  test('VFIO-20, TRG-19: with memory off resets leave the buffer revoked and tell nobody', () => {
    const { file, seen, probe } = mapped()
    file.command(OFF)
    file.control('configWrite', { register: 'devctl', or: 0x8000 })
    file.control('reset')
    expect(seen()).toEqual(REVOKED)
    file.command(ON)
    expect([seen(), probe.invalidations]).toEqual([AND_BACK, 2])
  })

  test.each([
    ['stay revoked', [], false],
    ['are live again, as in the real kernel', ['BUG-40'], true],
  ])('TRG-19, BUG-40: buffers of a device that does not come back from its reset %s', (_name, switches, live) => {
    // With a second function on its bus there is no bus reset to fall back on.
    const { machine, file, seen } = mapped({ facts: { switches }, exporter: { functions: [{ endpoint: 'fn1' }] } })
    const port = machine.device('nvme').fn.parent
    if (port === null) expect.fail('nvme is below no port')
    machine.hardware.configWrite(port, PCI_BRIDGE_CONTROL, 2, PCI_BRIDGE_CTL_BUS_RESET)
    expect(refusal(() => file.control('reset'))).toBe('ENOTTY TRG-9')
    expect(seen()[1]).toBe(live)
  })

  test("TRG-18: a change behind the driver's back revokes nothing", () => {
    const { machine, file, seen } = mapped()
    machine.call(function* () {
      machine.device('nvme').config.write(PCI_COMMAND, 2, 0x100)
    })
    expect(seen()).toEqual(UNTOUCHED)
    // Enabling what the driver believes enabled restores what was lost, and tells nobody.
    file.command(ON)
    expect(seen()).toEqual(UNTOUCHED)
    expect(machine.hardware.whyDark(machine.device('nvme').bdf)).toBeUndefined()
  })
})

describe('low power', () => {
  test('TRG-11, TRG-12: entry revokes, exit brings back', () => {
    const { machine, file, seen } = mapped()
    file.control('lowPower', { action: 'entry' })
    expect(seen()).toEqual(REVOKED)
    expect(machine.hardware.whyDark(machine.device('nvme').bdf)).toBe('it is in D3hot')
    expect(refusal(() => file.control('lowPower', { action: 'entry' }))).toBe('EINVAL TRG-11')
    expect(seen()).toEqual(REVOKED)
    file.control('lowPower', { action: 'exit' })
    expect(seen()).toEqual(AND_BACK)
    expect(machine.hardware.whyDark(machine.device('nvme').bdf)).toBeUndefined()
    expect(machine.violations()).toEqual([])
  })

  test('TRG-12: an exit without entry changes nothing for live buffers', () => {
    const { file, seen } = mapped()
    file.control('lowPower', { action: 'exit' })
    expect(seen()).toEqual(UNTOUCHED)
  })

  test('TRG-11, BUG-35: a second entry revokes what came to life in between, fails, and does not undo it', () => {
    const { file, seen } = mapped({ facts: { switches: ['BUG-35'] } })
    file.control('lowPower', { action: 'entry' })
    file.command(ON)
    expect(seen()).toEqual(AND_BACK)
    expect(refusal(() => file.control('lowPower', { action: 'entry' }))).toBe('EINVAL TRG-11')
    expect(seen()[1]).toBe(false)
  })

  test.each([
    ['stay revoked', [], false],
    ['come back, as in the real kernel', ['BUG-35'], true],
    ['stay revoked, whatever else the kernel has', ['BUG-35', 'SW-STRICT-PM'], false],
  ])('TRG-20, BUG-35: in low power buffers %s after other triggers, and new ones alike', (_name, switches, live) => {
    const triggers: readonly (readonly [string, Record<string, string | number>])[] = [
      ['configWrite', { register: 'command', value: ON }],
      ['configWrite', { register: 'pmcsr', value: 0 }],
      ['configWrite', { register: 'devctl', or: 0x8000 }],
      ['reset', {}],
    ]
    for (const [word, args] of triggers) {
      const { file, seen } = mapped({ facts: { switches } })
      file.control('lowPower', { action: 'entry' })
      file.control(word, args)
      expect([word, seen()[1]]).toEqual([word, live])
      file.control('lowPower', { action: 'exit' })
      expect(seen()[1]).toBe(true)
    }
    const { machine, file } = mapped({ facts: { switches } })
    file.control('lowPower', { action: 'entry' })
    const fresh = file.export()
    expect(refusal(() => attached(machine, 'far', fresh)) === 'ok').toBe(live)
  })

  test('TRG-20, MM-7: reading the BAR through the file works in low power: the call keeps the device awake', () => {
    const { file } = mapped()
    file.control('lowPower', { action: 'entry' })
    expect(refusal(() => file.control('pread', { region: 2 }))).toBe('ok')
  })

  test.each([
    ['and brings buffers back', [], AND_BACK],
    ['and brings no buffer back, as in the real kernel', ['BUG-35'], REVOKED],
  ])('TRG-13, BUG-35: a wake-up ends low power %s', (_name, switches, after) => {
    const { machine, file, seen } = mapped({ facts: { switches } })
    file.control('lowPower', { action: 'entry-with-wakeup' })
    file.control('regionInfo', { region: 2 })
    expect(seen()).toEqual(after)
    expect(refusal(() => file.control('lowPower', { action: 'entry' }))).toBe('ok')
    file.control('lowPower', { action: 'exit' })
    expect(seen()[1]).toBe(true)
    expect(machine.violations()).toEqual([])
  })

  test('TRG-11: the feature ioctl is another way to say it', () => {
    const { file, seen } = mapped()
    expect(refusal(() => file.control('feature', { feature: 3, flags: ['get'] }))).toBe('EINVAL VFIO-6')
    file.control('feature', { feature: 3, flags: ['set'] })
    expect(seen()).toEqual(REVOKED)
    file.control('feature', { feature: 5, flags: ['set'] })
    expect(seen()).toEqual(AND_BACK)
  })
})

describe('reading and writing a BAR', () => {
  test('MM-7: EIO while memory is disabled, also in D3hot; the data otherwise', () => {
    const { machine, file } = mapped()
    file.control('pwrite', { region: 2, offset: 0x10, data: 'abcdefgh' })
    expect(file.control('pread', { region: 2, offset: 0x10, length: 8 })).toEqual({ data: '0x6162636465666768' })
    file.command(OFF)
    expect(refusal(() => file.control('pread', { region: 2 }))).toBe('EIO MM-7')
    expect(refusal(() => file.control('pwrite', { region: 2 }))).toBe('EIO MM-7')
    file.command(ON)
    file.control('configWrite', { register: 'pmcsr', value: 3 })
    expect(refusal(() => file.control('pread', { region: 2 }))).toBe('EIO MM-7')
    file.control('configWrite', { register: 'pmcsr', value: 0 })
    file.control('lowPower', { action: 'entry' })
    expect(file.control('pread', { region: 2, offset: 0x10, length: 4 })).toEqual({ data: '0x61626364' })
    expect(machine.violations()).toEqual([])
  })

  test('MM-7: the interrupt table reads as ones, reads end with the region, and no BAR is EINVAL', () => {
    const { file } = mapped()
    expect(file.control('pread', { region: 0, offset: 0x2000, length: 4 })).toEqual({ data: '0xffffffff' })
    expect(file.control('pread', { region: 0, offset: 0x3ffe, length: 4 })).toEqual({ data: '0x0000' })
    expect(refusal(() => file.control('pread', { region: 0, offset: 0x4000 }))).toBe('EINVAL MM-7')
    expect(refusal(() => file.control('pread', { region: 1 }))).toBe('EINVAL MM-7')
    expect(file.control('pread', { region: 7, offset: 4, length: 2 })).toEqual({ data: '0x0301' })
  })

  test.each([
    [0, { size: 0x4000, flags: ['read', 'write', 'mmap', 'caps'] }],
    [1, { size: 0, flags: [] }],
    [2, { size: 0x400_0000, flags: ['read', 'write', 'mmap'] }],
    [6, { size: 0, flags: [] }],
    [7, { size: 0x1000, flags: ['read', 'write'] }],
  ])('MM-2: region %i is %o', (region, expected) => {
    const { file } = mapped()
    expect(file.control('regionInfo', { region })).toEqual(expected)
  })

  test('MM-1: there is no VGA region', () => {
    const { file } = mapped()
    expect(refusal(() => file.control('regionInfo', { region: 8 }))).toBe('EINVAL MM-1')
  })

  test('MM-2: an I/O BAR cannot be mapped, a BAR below a page can when it has the page for itself', () => {
    const machine = house()
    for (const name of ['other', 'bare']) machine.bind(name)
    expect(machine.open('other').control('regionInfo', { region: 1 })).toEqual({ size: 256, flags: ['read', 'write'] })
    expect(machine.open('bare').control('regionInfo', { region: 0 })).toEqual({
      size: 256,
      flags: ['read', 'write', 'mmap'],
    })
  })
})

describe('BAR registers', () => {
  test('TRG-4: sizing a BAR works on the copy alone', () => {
    const { machine, file } = mapped()
    const before = machine.device('nvme').config.read(0x18, 4)
    file.control('configWrite', { register: 'bar2', value: 0 })
    expect(file.control('configRead', { register: 'bar2' })).toEqual({ value: 0xc })
    file.control('configWrite', { register: 'bar2', value: 0xffff_ffff })
    file.control('configWrite', { register: 'bar3', value: 0xffff_ffff })
    expect(file.control('configRead', { register: 'bar2' })).toEqual({ value: 0xfc00_000c })
    expect(file.control('configRead', { register: 'bar3' })).toEqual({ value: 0xffff_ffff })
    expect(file.control('configRead', { register: 'bar1' })).toEqual({ value: 0 })
    expect(machine.device('nvme').config.read(0x18, 4)).toBe(before)
  })
})
