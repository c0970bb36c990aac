import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { busAddr } from '../src/address.ts'
import { readAcs } from '../src/acs.ts'
import { writeAcs, writeAcsControl } from '../src/capability/acs-capability.ts'
import { readAf, writeAf } from '../src/capability/af.ts'
import { readBarRegisters, writeBarRegister } from '../src/capability/bar.ts'
import { readBridgeWindows, writeBridgeWindows } from '../src/capability/bridge-window.ts'
import { readCommand, writeCommand } from '../src/capability/command.ts'
import { functionKind } from '../src/capability/function-kind.ts'
import { readMsix, writeMsix } from '../src/capability/msix.ts'
import { type PciePortType, readPcie, writePcie } from '../src/capability/pcie.ts'
import { readPowerState, writePowerManagement, writePowerState } from '../src/capability/pm.ts'
import { readSriov, writeSriov } from '../src/capability/sriov.ts'
import { ConfigSpace, PCI_CLASS_REVISION, PCI_HEADER_TYPE } from '../src/config-space.ts'
import type { BarKind } from '../src/pci-function.ts'

const empty = (headerType = 0, length = 4096): ConfigSpace => {
  const config = new ConfigSpace(new Uint8Array(length))
  config.write(0, 4, 0x0010_1b36)
  config.write(PCI_HEADER_TYPE, 1, headerType)
  return config
}
const silent = new ConfigSpace(new Uint8Array(4096).fill(0xff))
const cut = (config: ConfigSpace, length: number) => new ConfigSpace(config.bytes.slice(0, length))
const line = (text: string) => text.split(' ').map((byte) => parseInt(byte, 16))

/** Bytes 0x10..0x27 of captured functions, as `lspci -x` prints them. */
function header(type: number, registers: string): ConfigSpace {
  const config = empty(type)
  config.bytes.set(line(registers), 0x10)
  return config
}

describe('base address registers', () => {
  test('an NVMe card with one 64-bit BAR', () => {
    const config = header(0, '04 00 10 fe 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00')
    expect(readBarRegisters(config)).toEqual([{ index: 0, kind: 'mem64', bus: 0xfe10_0000 }])
  })

  test('a GPU with a 32-bit, two 64-bit prefetchable and a port BAR', () => {
    const config = header(0, '00 00 00 fa 0c 00 00 00 80 03 00 00 0c 00 00 f0 7f 03 00 00 01 e0 00 00')
    expect(readBarRegisters(config)).toEqual([
      { index: 0, kind: 'mem32', bus: 0xfa00_0000 },
      { index: 1, kind: 'mem64pref', bus: 0x380_0000_0000 },
      { index: 3, kind: 'mem64pref', bus: 0x37f_f000_0000 },
      { index: 5, kind: 'io', bus: 0xe000 },
    ])
  })

  test('a bridge has two of them, and its bus numbers are not taken for one', () => {
    const config = header(1, '00 00 20 fe 00 00 00 00 00 01 05 00 f0 00 00 20 00 fe 20 fe 01 00 11 00')
    expect(readBarRegisters(config)).toEqual([{ index: 0, kind: 'mem32', bus: 0xfe20_0000 }])
  })

  test('an address that is not assigned, not known, beyond 2^52, or of a silent function', () => {
    expect(readBarRegisters(header(0, '04 00 00 00 00 00 00 00'))).toEqual([{ index: 0, kind: 'mem64', bus: 0 }])
    expect(readBarRegisters(header(0, '04 00 00 00 ff ff ff ff'))).toEqual([])
    expect(readBarRegisters(cut(header(0, '04 00 10 fe 01 00 00 00'), 0x14))).toEqual([])
    expect(readBarRegisters(silent)).toEqual([])
  })

  test('what is written is read back', () => {
    const kinds: readonly BarKind[] = ['io', 'mem32', 'mem32pref', 'mem64', 'mem64pref']
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        fc.nat(4),
        fc.integer({ min: 1, max: 2 ** 20 - 1 }),
        fc.nat(15),
        (kind, index, high, low) => {
          const bus = busAddr(kind.startsWith('mem64') ? high * 2 ** 32 + low * 16 : high * 16)
          const config = empty()
          writeBarRegister(config, { index, kind, bus })
          expect(readBarRegisters(config)).toEqual([{ index, kind, bus }])
        },
      ),
    )
  })
})

describe('bridge windows', () => {
  test('a root port with both windows', () => {
    // 0x20: fe00-fe2f, 0x24: fff1-0011 with upper halves 0x380 and 0x381
    const config = empty(1)
    config.bytes.set(line('00 fe 20 fe f1 ff 11 00 80 03 00 00 81 03 00 00'), 0x20)
    expect(readBridgeWindows(config)).toEqual([
      { start: 0xfe00_0000, length: 0x30_0000, prefetchable: false },
      { start: 0x380_fff0_0000, length: 0x30_0000, prefetchable: true },
    ])
  })

  test('the upper halves count only where the register says 64-bit', () => {
    const config = empty(1)
    config.bytes.set(line('f0 ff 00 00 00 d0 f0 df 80 03 00 00 81 03 00 00'), 0x20)
    expect(readBridgeWindows(config)).toEqual([{ start: 0xd000_0000, length: 0x1000_0000, prefetchable: true }])
  })

  test('a disabled window is left out, an endpoint and a silent function have none', () => {
    const config = empty(1)
    writeBridgeWindows(config, {})
    expect(readBridgeWindows(config)).toEqual([])
    expect(readBridgeWindows(empty(0))).toEqual([])
    expect(readBridgeWindows(silent)).toEqual([])
    expect(readBridgeWindows(cut(empty(1), 0x28))).toEqual([
      { start: 0, length: 0x10_0000, prefetchable: false },
      { start: 0, length: 0x10_0000, prefetchable: true },
    ])
  })

  test('what is written is read back', () => {
    const span = (most: number) =>
      fc.record({ start: fc.nat(most - 1), length: fc.integer({ min: 1, max: 4095 }) }).map(({ start, length }) => ({
        start: start * 0x10_0000,
        length: Math.min(length, most - start) * 0x10_0000,
      }))
    fc.assert(
      fc.property(span(4096), span(2 ** 32), (memory, prefetchable) => {
        const config = empty(1)
        writeBridgeWindows(config, { memory, prefetchable, io: { start: 0x3000, length: 0x2000 } })
        expect(readBridgeWindows(config)).toEqual([
          { ...memory, prefetchable: false },
          { ...prefetchable, prefetchable: true },
        ])
        expect([config.read8(0x1c), config.read8(0x1d)]).toEqual([0x30, 0x40])
      }),
    )
  })
})

describe('PCI Express', () => {
  test.each<[PciePortType, string]>([
    ['endpoint', 'endpoint'],
    ['legacy-endpoint', 'endpoint'],
    ['root-port', 'root-port'],
    ['upstream-port', 'upstream-port'],
    ['downstream-port', 'downstream-port'],
    ['pcie-to-pci-bridge', 'pci-bridge'],
    ['pci-to-pcie-bridge', 'pci-bridge'],
    ['rciep', 'rciep'],
    ['event-collector', 'rciep'],
  ])('port type %s makes a function of kind %s', (portType, kind) => {
    const config = empty(kind.endsWith('port') || kind === 'pci-bridge' ? 1 : 0)
    writePcie(config, 0x70, { portType, flr: portType === 'endpoint', slot: portType === 'root-port' })
    expect(readPcie(config)).toEqual({
      offset: 0x70,
      portType,
      flr: portType === 'endpoint',
      slot: portType === 'root-port',
    })
    expect(functionKind(config, false)).toBe(kind)
  })

  test('a function without it is told by class and header', () => {
    expect(readPcie(empty())).toBeNull()
    expect(functionKind(empty(), true)).toBe('endpoint')
    expect(functionKind(empty(1), true)).toBe('pci-bridge')
    expect(functionKind(empty(2), false)).toBe('pci-bridge')
    const host = empty()
    host.write(PCI_CLASS_REVISION, 4, 0x0600_0001)
    expect(functionKind(host, true)).toBe('host-bridge')
  })

  test('64 bytes do not reach it: a bridge is guessed from its place', () => {
    const config = empty(1)
    writePcie(config, 0x70, { portType: 'downstream-port', flr: false, slot: true })
    const known = cut(config, 64)
    expect(readPcie(known)).toBeUndefined()
    expect([
      functionKind(known, true),
      functionKind(known, false, 'root-port'),
      functionKind(known, false, 'upstream-port'),
      functionKind(known, false, 'downstream-port'),
      functionKind(known, false, 'pci-bridge'),
      functionKind(cut(empty(0), 64), true),
      functionKind(silent, true),
    ]).toEqual(['root-port', 'upstream-port', 'downstream-port', 'upstream-port', 'pci-bridge', 'endpoint', 'endpoint'])
  })
})

describe('power management', () => {
  test('each D-state is written and read, and the other bits stay', () => {
    const config = empty()
    writePowerManagement(config, 0x40, { noSoftReset: true })
    for (const state of [3, 1, 2, 0] as const) {
      writePowerState(config, state)
      expect(readPowerState(config)).toBe(state)
      expect(config.read16(0x44)).toBe(state + 8)
    }
  })

  test('without the capability a function is in D0; one that is silent or not known has no state', () => {
    expect([readPowerState(empty()), readPowerState(silent)]).toEqual([0, undefined])
    const config = empty()
    writePowerManagement(config, 0x40, { noSoftReset: true })
    expect(readPowerState(cut(config, 64))).toBeUndefined()
    writePowerState(empty(), 3)
  })
})

test('the command register', () => {
  const config = empty()
  expect(readCommand(config)).toEqual({ io: false, memory: false, master: false })
  writeCommand(config, { io: false, memory: true, master: true })
  expect([config.read16(4), readCommand(config)]).toEqual([6, { io: false, memory: true, master: true }])
  expect(readCommand(cut(config, 4))).toBeUndefined()
})

test('several capabilities hang in one list', () => {
  const config = empty(0, 256)
  writePowerManagement(config, 0x40, { noSoftReset: false })
  writeMsix(config, 0x50, { vectors: 33, table: { bar: 2, offset: 0x1000 }, pba: { bar: 4, offset: 0x2008 } })
  writeAf(config, 0x60)
  expect(readPowerState(config)).toBe(0)
  expect(readMsix(config)).toEqual({
    offset: 0x50,
    vectors: 33,
    enabled: false,
    table: { bar: 2, offset: 0x1000 },
    pba: { bar: 4, offset: 0x2008 },
  })
  expect(readAf(config)).toEqual({ offset: 0x60, flr: true })
  expect([readAf(empty()), readMsix(empty())]).toEqual([null, null])
  expect([readAf(cut(config, 64)), readMsix(cut(config, 64))]).toEqual([undefined, undefined])
})

test('ACS-1: both words are written and read; with egress control the size of the vector too', () => {
  const config = empty(1)
  writePcie(config, 0x70, { portType: 'root-port', flr: false, slot: true })
  expect(readAcs(config)).toEqual({ kind: 'none' })
  writeAcs(config, 0x100, { capability: 0x5f, control: 0x1d })
  expect(readAcs(config)).toEqual({ kind: 'present', offset: 0x100, capability: 0x5f, control: 0x1d })
  writeAcsControl(config, 0x04)
  expect(readAcs(config)).toMatchObject({ capability: 0x5f, control: 0x04 })

  const egress = empty(1)
  writePcie(egress, 0x70, { portType: 'downstream-port', flr: false, slot: true })
  writeAcs(egress, 0x100, { capability: 0x24, control: 0x20 })
  expect(readAcs(egress)).toMatchObject({ capability: 0x2024, control: 0x20 })
  expect(readAcs(cut(egress, 0x100))).toEqual({ kind: 'unknown' })
})

test('SR-IOV', () => {
  const config = empty()
  writePcie(config, 0x70, { portType: 'endpoint', flr: true, slot: false })
  const facts = {
    enabled: true,
    memoryEnabled: true,
    totalVfs: 8,
    numVfs: 4,
    firstVfOffset: 8,
    stride: 1,
    vfDevice: 0x1019,
    bars: [{ index: 0, kind: 'mem64pref' as const, bus: busAddr(0x400_0010_0000) }],
  }
  expect(readSriov(config)).toBeNull()
  writeSriov(config, 0x100, facts)
  expect(readSriov(config)).toEqual({ offset: 0x100, ...facts })
  expect(readSriov(cut(config, 256))).toBeUndefined()
  expect(readSriov(cut(config, 0x120))).toBeUndefined()
  expect(readSriov(empty(0, 256))).toBeNull()
})

test('readers of random bytes end, whatever they hold', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4096 }), (bytes) => {
      const config = new ConfigSpace(bytes)
      for (const read of [readPcie, readBarRegisters, readBridgeWindows, readPowerState, readSriov, readAf, readMsix]) {
        expect(() => read(config)).not.toThrow()
      }
    }),
  )
})
