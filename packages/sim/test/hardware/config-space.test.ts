import {
  ACS_BITS,
  type Bdf,
  ConfigSpace,
  PCI_BASE_ADDRESS_0,
  PCI_CAPABILITY_LIST,
  PCI_COMMAND,
  PCI_VENDOR_ID,
  type PciFunction,
  readAcs,
  readPowerManagement,
  type Topology,
} from '@barter/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Machine, powerOn } from './machine.ts'
import { endpoint, oneSwitch } from './topologies.ts'

const ONES = 0xffff_ffff

const read = (machine: Machine, name: string, offset: number, width: 1 | 2 | 4 = 4): number =>
  machine.hardware.configRead(machine.at(name), offset, width)
const write = (machine: Machine, name: string, offset: number, value: number, width: 1 | 2 | 4 = 4): void => {
  machine.hardware.configWrite(machine.at(name), offset, width, value)
}

describe('base address registers', () => {
  test('P2P-5: ones written read back the size, the address written goes back in', () => {
    const machine = powerOn(oneSwitch())
    const before = read(machine, 'nvme', PCI_BASE_ADDRESS_0)
    write(machine, 'nvme', PCI_BASE_ADDRESS_0, ONES)
    // 64 KiB, 64 bits wide, not prefetchable.
    expect(read(machine, 'nvme', PCI_BASE_ADDRESS_0)).toBe(0xffff_0004)
    write(machine, 'nvme', PCI_BASE_ADDRESS_0, before)
    expect(machine.landing('nic', machine.bus('nvme')).kind).toBe('bar')
  })

  test('P2P-2: registers without a BAR take nothing', () => {
    const machine = powerOn(oneSwitch())
    write(machine, 'nvme', PCI_BASE_ADDRESS_0 + 16, ONES)
    expect(read(machine, 'nvme', PCI_BASE_ADDRESS_0 + 16)).toBe(0)
  })

  test('P2P-2: sizes of 4 GiB and more show in the upper half', () => {
    const big = endpoint('gpu', { bars: [{ index: 0, length: '16 GiB', kind: 'mem64pref' }] })
    const machine = powerOn({ hostBridges: [{ devices: [{ rootPort: 'root', below: [big] }] }] })
    write(machine, 'gpu', PCI_BASE_ADDRESS_0, ONES)
    write(machine, 'gpu', PCI_BASE_ADDRESS_0 + 4, ONES)
    expect([read(machine, 'gpu', PCI_BASE_ADDRESS_0), read(machine, 'gpu', PCI_BASE_ADDRESS_0 + 4)]).toEqual([
      0x0000_000c, 0xffff_fffc,
    ])
  })

  test('P2P-5: a BAR that moves takes the packets along', () => {
    const machine = powerOn(oneSwitch())
    const moved = machine.bus('nvme', 0, 0x10_000)
    write(machine, 'nvme', PCI_BASE_ADDRESS_0, moved + 4)
    expect(machine.landing('nic', moved)).toMatchObject({ kind: 'bar', bar: 0, offset: 0 })
    expect(machine.landing('nic', machine.bus('nvme')).kind).toBe('unsupported-request')
  })
})

describe('what sticks', () => {
  test('ACS-1: only the bits that the capability offers', () => {
    const machine = powerOn(oneSwitch({ acsCapability: ['SV', 'RR'] }))
    const acs = readAcs(machine.topology.get(machine.at('nicPort')).config)
    const control = acs.kind === 'present' ? acs.offset + 6 : 0
    write(machine, 'nicPort', control, 0xff, 2)
    expect(read(machine, 'nicPort', control, 2)).toBe(ACS_BITS.SV + ACS_BITS.RR)
    expect(machine.hardware.route(machine.at('nic'), machine.bus('nvme'), 'write').viaHostBridge).toBe(true)
  })

  test('VFIO-4: ids, class and the heads of capabilities are read-only', () => {
    const machine = powerOn(oneSwitch())
    const { config } = machine.topology.get(machine.at('nvme'))
    const pm = readPowerManagement(config)?.offset ?? 0
    for (const offset of [PCI_VENDOR_ID, 8, PCI_CAPABILITY_LIST, 0x100]) {
      const before = read(machine, 'nvme', offset)
      write(machine, 'nvme', offset, ONES - before)
      expect(read(machine, 'nvme', offset)).toBe(before)
    }
    const head = read(machine, 'nvme', pm, 2)
    write(machine, 'nvme', pm, 0, 2)
    expect(read(machine, 'nvme', pm, 2)).toBe(head)
  })

  test('P2P-5: the topology itself never changes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1023), fc.nat(ONES)), { maxLength: 40 }), (writes) => {
        const machine = powerOn(oneSwitch())
        const before = machine.topology.functions.map((fn) => fn.config.bytes.slice())
        for (const [word, value] of writes) write(machine, 'nvmePort', 4 * word, value)
        expect(machine.topology.functions.map((fn) => fn.config.bytes)).toEqual(before)
      }),
      { numRuns: 20 },
    )
  })

  test('P2P-5: a second machine of the same topology starts anew', () => {
    const machine = powerOn(oneSwitch())
    write(machine, 'nvme', PCI_COMMAND, 0, 2)
    const again = powerOn(oneSwitch(), { change: () => machine.topology })
    expect(again.landing('nic', machine.bus('nvme')).kind).toBe('bar')
  })
})

describe('captures that know less', () => {
  /** The bytes of some functions cut short. */
  const cut =
    (length: number, only?: string) =>
    (topology: Topology, at: (name: string) => Bdf): Topology =>
      topology.mapFunctions((fn): PciFunction =>
        only !== undefined && fn.bdf !== at(only)
          ? fn
          : { ...fn, config: new ConfigSpace(fn.config.bytes.slice(0, length)) },
      )

  test('P2P-14: 64 bytes are enough to route by; ACS counts as off', () => {
    const machine = powerOn(oneSwitch({ acs: ['RR'] }), { change: cut(64) })
    const route = machine.hardware.route(machine.at('nic'), machine.bus('nvme', 2), 'write')
    expect(route).toMatchObject({ landing: { kind: 'bar', device: machine.at('nvme'), bar: 2 }, viaHostBridge: false })
    expect(read(machine, 'nvme', 0x100)).toBe(0)
  })

  test('P2P-14: without any, records take their place, and the way says so', () => {
    const machine = powerOn(oneSwitch(), { change: cut(0) })
    expect(machine.hops('nic', machine.bus('nvme', 2))).toEqual([
      '0000:02:00.0 downstream port: no ACS redirect, straight to 0000:02:01.0',
      '0000:02:01.0 in its window (its registers are not known; by the BARs below), sent down',
      '0000:04:00.0 BAR 2 holds the address',
    ])
    expect(read(machine, 'nvme', PCI_VENDOR_ID, 2)).toBe(machine.topology.get(machine.at('nvme')).vendor)
  })

  test('P2P-14: a BAR whose register holds no address decodes nothing', () => {
    const machine = powerOn(oneSwitch(), {
      change: (topology, at) =>
        topology.mapFunctions((fn) => {
          if (fn.bdf !== at('nvme')) return fn
          const config = fn.config.copy()
          config.write(PCI_BASE_ADDRESS_0, 4, 4)
          return { ...fn, config }
        }),
    })
    expect(machine.landing('nic', machine.bus('nvme')).kind).toBe('unsupported-request')
    expect(machine.landing('nic', machine.bus('nvme', 2)).kind).toBe('bar')
  })

  test('P2P-14: a BAR of unknown length answers for its first 4 KiB', () => {
    const machine = powerOn(oneSwitch(), {
      change: (topology) =>
        topology.mapFunctions((fn) => ({ ...fn, bars: fn.bars.map((bar) => ({ ...bar, length: undefined })) })),
    })
    expect(machine.landing('nic', machine.bus('nvme', 2, 0xfff)).kind).toBe('bar')
    expect(machine.landing('nic', machine.bus('nvme', 2, 0x1000)).kind).toBe('unsupported-request')
  })

  test('HAZ-1: a function that did not answer when it was captured never does', () => {
    const machine = powerOn(oneSwitch(), {
      change: (topology, at) =>
        topology.mapFunctions((fn) =>
          fn.bdf === at('nvme') ? { ...fn, config: new ConfigSpace(new Uint8Array(256).fill(0xff)) } : fn,
        ),
    })
    expect(machine.landing('nic', machine.bus('nvme')).kind).toBe('silent')
    expect(machine.hardware.whyDark(machine.at('nvme'))).toBe('it did not answer when the machine was captured')
    expect(read(machine, 'nvme', PCI_VENDOR_ID, 2)).toBe(0xffff)
  })
})
