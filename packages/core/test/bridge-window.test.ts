import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { busAddr, MiB } from '../src/address.ts'
import {
  isNarrowWindow,
  moveBridgeWindow,
  PCI_IO_BASE,
  readBridgeWindows,
  writeBridgeWindows,
} from '../src/capability/bridge-window.ts'
import { ConfigSpace, PCI_HEADER_TYPE, PCI_PREF_MEMORY_BASE, PCI_PREF_MEMORY_LIMIT } from '../src/config-space.ts'

function bridge(): ConfigSpace {
  const config = new ConfigSpace(new Uint8Array(64))
  config.write(PCI_HEADER_TYPE, 1, 1)
  writeBridgeWindows(config, {
    memory: { start: 0x9000_0000, length: 16 * MiB },
    prefetchable: { start: 2 ** 42, length: 64 * MiB },
    io: { start: 0x2000, length: 0x1000 },
  })
  return config
}

describe('P2P-4: windows of a bridge that move', () => {
  test('P2P-4: one window moves, the others and the lengths stay', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4000 }), fc.integer({ min: 0, max: 2 ** 31 }), (low, high) => {
        const config = bridge()
        const io = config.read16(PCI_IO_BASE)
        for (const window of readBridgeWindows(config)) {
          moveBridgeWindow(config, window, (window.prefetchable ? high : low) * MiB)
        }
        expect(readBridgeWindows(config)).toEqual([
          { start: busAddr(low * MiB), length: 16 * MiB, prefetchable: false },
          { start: busAddr(high * MiB), length: 64 * MiB, prefetchable: true },
        ])
        expect(config.read16(PCI_IO_BASE)).toBe(io)
      }),
    )
  })

  test('P2P-4: a prefetchable window of 32 bits keeps its kind', () => {
    const config = bridge()
    config.write(PCI_PREF_MEMORY_BASE, 4, 0xa3f0_a000)
    const [memory, narrow] = readBridgeWindows(config)
    if (memory === undefined || narrow === undefined) throw new Error('two windows are there')
    expect([isNarrowWindow(config, memory), isNarrowWindow(config, narrow)]).toEqual([true, true])
    moveBridgeWindow(config, narrow, 0xb000_0000)
    expect([config.read16(PCI_PREF_MEMORY_BASE), config.read16(PCI_PREF_MEMORY_LIMIT)]).toEqual([0xb000, 0xb3f0])
  })
})
