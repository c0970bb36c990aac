import { describe, expect, test } from 'vitest'
import { house } from './house.ts'

describe('the engine of an open device', () => {
  test('HAZ-10: it reads and writes wherever its user points it, and the driver does not ask', () => {
    const machine = house()
    const file = machine.open()
    machine.hardware.memory.write(0x10_0000, 4, Uint8Array.of(1, 2, 3, 4))
    expect(file.control('dmaCopy', { from: 0x10_0000, to: 0x20_0000, length: 4 })).toEqual({ arrived: true })
    expect([...machine.hardware.memory.read(0x20_0000, 4)]).toEqual([1, 2, 3, 4])
    expect(file.control('dmaRead', { offset: 0x10_0002, length: 2 })).toEqual({ arrived: true })
    expect(file.control('dmaWrite', { offset: 0x30_0000, length: 5 })).toEqual({ arrived: true })
    expect([...machine.hardware.memory.read(0x30_0000, 5)]).toEqual([3, 4, 3, 4, 3])
  })

  test('T1-4: where nobody answers it gets all ones', () => {
    const file = house().open()
    expect(file.control('dmaRead', { offset: 0xf000_0000_0000, length: 2 })).toEqual({ arrived: false })
    const machine = house()
    const other = machine.open()
    other.control('dmaRead', { offset: 0xf000_0000_0000, length: 2 })
    other.control('dmaWrite', { offset: 0x30_0000, length: 2 })
    expect([...machine.hardware.memory.read(0x30_0000, 2)]).toEqual([0xff, 0xff])
  })
})
