import { isMemoryBar, MiB, PCI_COMMAND, readAcs, readBarRegisters, readBridgeWindows, readSriov } from '@barter/core'
import { describe, expect, test } from 'vitest'
import { machineOfRecording } from '../src/machine-of-recording.ts'
import type { JsonObject } from '../src/recording.ts'
import { RECORDING, recordingWith } from './a-recording.ts'

const machine = (change?: JsonObject) => machineOfRecording(recordingWith([], change))
const devices = RECORDING.devices as readonly JsonObject[]

describe('the machine of a recording', () => {
  test('functions, their place in the tree, their BARs and ACS words are as recorded, also in their registers', () => {
    const topology = machine()
    expect(topology.functions.map(({ bdf, parent, kind }) => [bdf, parent, kind])).toEqual(
      devices.map(({ bdf, parent, kind }) => [bdf, parent, kind]),
    )
    const [port, , lender] = topology.functions
    expect(port && readAcs(port.config)).toMatchObject({ kind: 'present', capability: 0x5f, control: 0x1d })
    expect(lender && readBarRegisters(lender.config)).toEqual([{ index: 0, kind: 'mem64', bus: 0xfe40_0000 }])
    expect(lender?.config.read16(PCI_COMMAND)).toBe(0x103)
  })

  test('a bridge forwards what is below it', () => {
    const [port] = machine().functions
    expect(port?.bridge).toEqual({ secondary: 1, subordinate: 1 })
    expect(port && readBridgeWindows(port.config)).toEqual([{ start: 0xfe40_0000, length: MiB, prefetchable: false }])
  })

  test('DMA-7: windows of host bridges hold every BAR, do not overlap, and leave memory alone', () => {
    const second = devices.map((device) => {
      const moved = [{ index: 0, phys: '0xd0000000', bus: '0xd0000000', length: '0x4000', kind: 'mem64' }]
      return device.bdf === '0000:00:04.0' || device.parent === '0000:00:04.0'
        ? { ...device, hostBridge: '0000:80', bars: moved }
        : device
    })
    const topology = machine({ devices: second })
    for (const fn of topology.functions) {
      const { windows } = topology.hostBridge(fn.hostBridge)
      for (const bar of fn.bars.filter(isMemoryBar)) {
        const holds = windows.some(({ start, length }) => bar.start >= start && bar.start < start + length)
        expect([fn.bdf, holds]).toEqual([fn.bdf, true])
      }
    }
    const all = topology.hostBridges.flatMap(({ windows }) => windows).sort((a, b) => a.start - b.start)
    for (const [i, window] of all.entries()) {
      expect(window.start).toBeGreaterThanOrEqual(2048 * MiB)
      const next = all[i + 1]
      if (next !== undefined) expect(window.start + window.length).toBeLessThanOrEqual(next.start)
    }
  })

  test('VFIO-20: virtual functions have no registers of their own; their physical one says where they are', () => {
    const virtual = [1, 2].map((number) => {
      const bus = `0xfe40${4 * number}000`
      return {
        ...devices[2],
        bdf: `0000:01:00.${number}`,
        physicalFunction: '0000:01:00.0',
        bars: [{ index: 0, phys: bus, bus, length: '0x4000', kind: 'mem64' }],
      }
    })
    const topology = machine({ devices: [...devices, ...virtual] })
    const physical = topology.functions.find(({ bdf }) => bdf === '0000:01:00.0')
    expect(physical && readSriov(physical.config)).toMatchObject({
      enabled: true,
      memoryEnabled: true,
      numVfs: 2,
      firstVfOffset: 1,
      stride: 1,
      bars: [{ index: 0, kind: 'mem64', bus: 0xfe40_4000 }],
    })
    const first = topology.functions.find(({ bdf }) => bdf === '0000:01:00.1')
    expect([first?.config.read16(PCI_COMMAND), first && readBarRegisters(first.config)]).toEqual([0, []])
  })
})
