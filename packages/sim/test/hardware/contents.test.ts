import { drive, GiB, physAddr } from '@barter/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SparseBytes } from '../../src/hardware/index.ts'
import { bytes, powerOn, textOf } from './machine.ts'
import { endpoint, oneSwitch, twoRootPorts } from './topologies.ts'

describe('bytes that are written', () => {
  test('P2P-14: are where the packet landed, and come back', () => {
    const machine = powerOn(oneSwitch())
    expect(machine.write('nic', machine.bus('nvme', 0, 0x20), 'hello').arrived).toBe(true)
    expect(textOf(machine.read('nic', machine.bus('nvme', 0, 0x20), 5).data)).toBe('hello')
    expect(textOf(machine.hardware.bar(machine.at('nvme'), 0).read(0x20, 5))).toBe('hello')
    expect([...machine.hardware.bar(machine.at('nic'), 0).read(0x20, 1)]).toEqual([0])
  })

  test('P2P-15: the CPU sees the same bytes at its own address', () => {
    const machine = powerOn(oneSwitch())
    const at = physAddr(machine.phys('nvme', 2, 8))
    drive(machine.hardware.cpu('write', at, 3, bytes('cpu')))
    expect(textOf(machine.read('nic', machine.bus('nvme', 2, 8), 3).data)).toBe('cpu')
    expect(textOf(drive(machine.hardware.cpu('read', at, 3)).data)).toBe('cpu')
  })

  test('P2P-15: RAM holds them too', () => {
    const machine = powerOn(oneSwitch())
    machine.write('nic', 0x2000, 'ram')
    expect(textOf(machine.hardware.memory.read(0x2000, 3))).toBe('ram')
  })

  test('P2P-14: data shorter than the transfer repeats, across pieces too', () => {
    const machine = powerOn({ hostBridges: [{ devices: [{ rootPort: 'root', below: [pair] }] }] })
    const [one, two] = [machine.bus('one'), machine.bus('two')]
    expect(two - one).toBe(0x1_0000)
    const result = machine.write('one', one + 0xfffe, 'abc', 5)
    expect(result.arrived).toBe(true)
    expect(textOf(machine.hardware.bar(machine.at('one'), 0).read(0xfffe, 2))).toBe('ab')
    expect(textOf(machine.hardware.bar(machine.at('two'), 0).read(0, 3))).toBe('cab')
  })

  test('HAZ-2: a transfer that runs off the end arrives in part, which is not to arrive', () => {
    const machine = powerOn(oneSwitch())
    const end = machine.bus('nvme', 0, 0x1_0000)
    const written = machine.write('nic', end - 2, 'abcd')
    expect(written.arrived).toBe(false)
    expect(written.route.landing).toEqual({ kind: 'unsupported-request', at: machine.at('nvmePort') })
    const back = machine.read('nic', end - 2, 4)
    expect(back.arrived).toBe(false)
    expect([...(back.data ?? [])]).toEqual([0x61, 0x62, 0xff, 0xff])
  })

  test('HAZ-8: what does not arrive reads as ones', () => {
    const machine = powerOn(twoRootPorts({ routesPeers: false }))
    expect([...(machine.read('nic', machine.bus('nvme'), 2).data ?? [])]).toEqual([0xff, 0xff])
  })

  test('SGT-10: a transfer of many GiB costs no more than a short one', () => {
    const big = endpoint('gpu', { bars: [{ index: 0, length: '64 GiB', kind: 'mem64pref' }] })
    const machine = powerOn({ hostBridges: [{ devices: [{ rootPort: 'root', below: [big] }] }] })
    machine.write('gpu', machine.bus('gpu'), 'pattern', 64 * GiB)
    expect(textOf(machine.read('gpu', machine.bus('gpu', 0, 7 * GiB), 7).data)).toBe('pattern')
    expect(machine.read('gpu', machine.bus('gpu'), 64 * GiB)).toMatchObject({ arrived: true })
  })

  test('HAZ-2: one fact in the timeline for each transfer', () => {
    const machine = powerOn(oneSwitch())
    machine.write('nic', machine.bus('nvme', 0, 0x20), 'hello')
    expect(machine.facts).toEqual([
      {
        kind: 'dma',
        device: 'nic',
        access: 'write',
        address: machine.bus('nvme', 0, 0x20),
        length: 5,
        arrived: true,
        landing: '0000:04:00.0 BAR 0 + 0x20',
        route: [
          '0000:02:00.0 downstream port: no ACS redirect, straight to 0000:02:01.0',
          '0000:02:01.0 in its window, sent down',
          '0000:04:00.0 BAR 0 holds the address',
        ],
      },
    ])
  })

  test('HAZ-2: nobody looking, no texts are made', () => {
    const machine = powerOn(oneSwitch(), { trace: { on: false, emit: () => undefined } })
    const result = machine.write('nic', machine.bus('nvme'), 'x')
    expect(result).toMatchObject({ arrived: true, route: { hops: [], landing: { kind: 'bar' } } })
  })
})

/** Two functions whose BARs lie one behind the other. */
const pair = endpoint('one', {
  bars: [{ index: 0, length: '64 KiB' }],
  functions: [endpoint('two', { bars: [{ index: 0, length: '64 KiB' }] })],
})

describe('sparse bytes', () => {
  const LENGTH = 96
  const writes = fc.array(
    fc.record({
      at: fc.nat(LENGTH - 1),
      length: fc.nat(40),
      data: fc.uint8Array({ minLength: 1, maxLength: 9 }),
      phase: fc.nat(20),
    }),
    { maxLength: 30 },
  )

  test('P2P-14: hold what a plain array would', () => {
    fc.assert(
      fc.property(writes, fc.nat(LENGTH), fc.nat(40), (list, at, length) => {
        const plain = new Uint8Array(2 * LENGTH)
        const sparse = new SparseBytes()
        for (const one of list) {
          sparse.write(one.at, one.length, one.data, one.phase)
          for (let i = 0; i < one.length; i++) plain[one.at + i] = one.data[(one.phase + i) % one.data.length] ?? 0
        }
        expect(sparse.read(at, length)).toEqual(plain.slice(at, at + length))
      }),
    )
  })
})
