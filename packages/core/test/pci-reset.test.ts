import { describe, expect, test } from 'vitest'
import {
  acsWith,
  enableMemory,
  type EndpointSpec,
  PCI_ACS_CTRL,
  PCI_BASE_ADDRESS_0,
  PCI_COMMAND,
  PCI_COMMAND_MASTER,
  PCI_COMMAND_MEMORY,
  powerCapability,
  powerState,
  quiesce,
  readAcs,
  resetBus,
  busResetReach,
  resetFunction,
  resetFunctionLocked,
  resetMethods,
  setMaster,
  setPowerState,
} from '../src/index.ts'
import { liveMachine } from './live-functions.ts'

const below = (...devices: EndpointSpec[]) => ({ hostBridges: [{ devices: [{ rootPort: 'port', below: devices }] }] })
const nvme: EndpointSpec = {
  endpoint: 'nvme',
  acs: ['RR', 'CR'],
  bars: [{ index: 2, length: '64 MiB', kind: 'mem64pref' }],
}
const methods = (spec: Parameters<typeof liveMachine>[0], name = 'nvme') => {
  const machine = liveMachine(spec)
  return resetMethods(machine, machine.device(name)).map((method) => method.name)
}

describe('resets', () => {
  test('TRG-9: ways to reset come from the capabilities in the order flr, af_flr, pm, bus', () => {
    expect(methods(below(nvme))).toEqual(['flr', 'bus'])
    expect(methods(below({ ...nvme, flr: false, pmReset: true }))).toEqual(['pm', 'bus'])
    expect(methods(below({ ...nvme, functions: [{ endpoint: 'other' }] }))).toEqual(['flr'])
    const conventional = { endpoint: 'nvme', pcie: false, flr: true }
    expect(methods({ hostBridges: [{ devices: [conventional] }] })).toEqual(['af_flr'])
    expect(methods({ hostBridges: [{ devices: [{ endpoint: 'nvme', pcie: false }] }] })).toEqual([])
  })

  test('TRG-21: a function level reset switches decoding off, waits 100 ms, asks until it answers, and brings state back', () => {
    const machine = liveMachine(below(nvme))
    const device = machine.device('nvme')
    machine.dark = 103_500
    const bars = [2, 3].map((index) => device.config.read(PCI_BASE_ADDRESS_0 + 4 * index, 4))
    machine.run(resetFunction(machine, device))
    expect(machine.writes.slice(0, 2)).toEqual(['nvme 4=400', 'nvme 78=8000'])
    // 100 ms, then 1 + 2 + 4 ms of asking.
    expect(machine.now()).toBe(107_000)
    expect(device.config.read(PCI_COMMAND, 2)).toBe(PCI_COMMAND_MEMORY + PCI_COMMAND_MASTER)
    expect([2, 3].map((index) => device.config.read(PCI_BASE_ADDRESS_0 + 4 * index, 4))).toEqual(bars)
    expect(machine.writes.at(-1)).toMatch(/^nvme 4=/)
    expect(device.lock.tryLock()).toBe(true)
  })

  test('TRG-9: with the device lock held a reset fails with EAGAIN and touches nothing', () => {
    const machine = liveMachine(below(nvme))
    const device = machine.device('nvme')
    expect(device.lock.tryLock()).toBe(true)
    expect(() => machine.run(resetFunction(machine, device))).toThrow(expect.objectContaining({ errno: 'EAGAIN' }))
    expect(machine.writes).toEqual([])
  })

  test('TRG-9: without a method a reset fails with ENOTTY before the device lock is looked at', () => {
    const machine = liveMachine({ hostBridges: [{ devices: [{ endpoint: 'nvme', pcie: false }] }] })
    const device = machine.device('nvme')
    device.lock.tryLock()
    expect(() => machine.run(resetFunction(machine, device))).toThrow(expect.objectContaining({ errno: 'ENOTTY' }))
  })

  test('TRG-21: a function that stays silent for 60 s makes the reset fail with ENOTTY; the next method is tried before', () => {
    const machine = liveMachine(below(nvme))
    const device = machine.device('nvme')
    machine.dark = Infinity
    expect(() => machine.run(resetFunction(machine, device))).toThrow(expect.objectContaining({ errno: 'ENOTTY' }))
    expect(machine.writes.filter((write) => write.startsWith('port 3e'))).toEqual(['port 3e=40', 'port 3e=0'])
    expect(machine.now()).toBeGreaterThan(120_000_000)
    expect(device.lock.tryLock()).toBe(true)
  })

  test('ACS-9: the control word comes back as it was, unless the platform programs it', () => {
    const machine = liveMachine(below({ ...nvme, acsCapability: ['RR', 'CR', 'UF'] }))
    const device = machine.device('nvme')
    const acs = readAcs(device.fn.config)
    if (acs.kind !== 'present') expect.fail('no ACS')
    const at = acs.offset + PCI_ACS_CTRL
    device.config.write(at, 2, acsWith(0, ['UF']))
    machine.run(resetFunction(machine, device))
    expect(device.config.read(at, 2)).toBe(acsWith(0, ['UF']))
    machine.run(resetFunction({ ...machine, restoreAcs: (of) => of.config.write(at, 2, 0) }, device))
    expect(device.config.read(at, 2)).toBe(0)
  })

  test('TRG-9: the power method goes through D3hot; it is refused outside D0 when the caller holds the lock', () => {
    const machine = liveMachine(below({ ...nvme, flr: false, pmReset: true, functions: [{ endpoint: 'other' }] }))
    const device = machine.device('nvme')
    machine.run(resetFunction(machine, device))
    expect(machine.writes.filter((write) => write.startsWith('nvme 44'))).toEqual(['nvme 44=3', 'nvme 44=0'])
    machine.run(setPowerState(device, 3))
    device.lock.tryLock()
    expect(() => machine.run(resetFunctionLocked(machine, device))).toThrow(
      expect.objectContaining({ errno: 'EINVAL' }),
    )
  })

  test('TRG-10: a bus reset takes every function of the bus; one held device lock stops it with EAGAIN', () => {
    const machine = liveMachine(below({ ...nvme, functions: [{ endpoint: 'other' }] }))
    const device = machine.device('nvme')
    expect(busResetReach(machine, device).map((each) => each.name)).toEqual(['nvme', 'other'])
    machine.run(resetBus(machine, device))
    for (const name of ['nvme', 'other']) {
      expect(machine.writes).toContain(`${name} 4=400`)
      expect(machine.device(name).config.read(PCI_COMMAND, 2)).toBe(PCI_COMMAND_MEMORY + PCI_COMMAND_MASTER)
    }
    machine.device('other').lock.tryLock()
    expect(() => machine.run(resetBus(machine, device))).toThrow(expect.objectContaining({ errno: 'EAGAIN' }))
    expect([device, machine.device('port')].map(({ lock }) => lock.tryLock())).toEqual([true, true])
  })

  test('TRG-10: there is no bus reset on a root bus', () => {
    const machine = liveMachine({ hostBridges: [{ devices: [{ endpoint: 'nvme' }] }] })
    const device = machine.device('nvme')
    expect(busResetReach(machine, device)).toEqual([])
    expect(() => machine.run(resetBus(machine, device))).toThrow(expect.objectContaining({ errno: 'ENOTTY' }))
  })
})

describe('power states', () => {
  test('TRG-5: D3hot and back loses the registers of a function without NoSoftRst; its BARs are written again', () => {
    const machine = liveMachine(below({ ...nvme, pmReset: true }))
    const device = machine.device('nvme')
    const bar = device.config.read(PCI_BASE_ADDRESS_0 + 8, 4)
    machine.run(setPowerState(device, 3))
    expect(powerState(device)).toBe(3)
    machine.run(setPowerState(device, 0))
    expect(powerState(device)).toBe(0)
    expect([device.config.read(PCI_BASE_ADDRESS_0 + 8, 4), device.config.read(PCI_COMMAND, 2)]).toEqual([bar, 0])
    expect(machine.now()).toBe(20_000)
  })

  test('TRG-6: D1 and D2 fail with EIO unless offered; from D3hot only D0 is up', () => {
    const machine = liveMachine(below(nvme))
    const device = machine.device('nvme')
    for (const state of [1, 2] as const) {
      expect(() => machine.run(setPowerState(device, state))).toThrow(expect.objectContaining({ errno: 'EIO' }))
    }
    machine.run(setPowerState(device, 3))
    expect(() => machine.run(setPowerState(device, 1))).toThrow(expect.objectContaining({ errno: 'EINVAL' }))
  })

  test('TRG-5: a function without power management is always in D0', () => {
    const machine = liveMachine({ hostBridges: [{ id: '8086:29c0', devices: [] }] })
    const [device] = machine.devices.all
    if (device === undefined) expect.fail('no host bridge function')
    expect([powerCapability(device), powerState(device)]).toEqual([null, 0])
    machine.run(setPowerState(device, 0))
    expect(() => machine.run(setPowerState(device, 3))).toThrow(expect.objectContaining({ errno: 'EIO' }))
  })

  test("TRG-18: a power state written behind the kernel's back does not change what it believes", () => {
    const machine = liveMachine(below(nvme))
    const device = machine.device('nvme')
    expect(powerState(device)).toBe(0)
    device.config.write((powerCapability(device) ?? 0) + 4, 2, 3)
    expect(powerState(device)).toBe(0)
  })
})

describe('the command register', () => {
  test('TRG-21: memory decoding and bus mastering are switched one by one, all off before a reset', () => {
    const machine = liveMachine(below(nvme))
    const device = machine.device('nvme')
    const word = () => device.config.read(PCI_COMMAND, 2)
    quiesce(device)
    expect(word()).toBe(0x400)
    enableMemory(device)
    expect(word()).toBe(0x402)
    setMaster(device, true)
    setMaster(device, true)
    expect(word()).toBe(0x406)
    setMaster(device, false)
    expect(word()).toBe(0x402)
    expect(machine.writes).toHaveLength(4)
  })
})
