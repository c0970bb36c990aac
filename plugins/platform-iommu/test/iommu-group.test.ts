import { drive, KiB, physAddr } from '@barter/core'
import { describe, expect, test } from 'vitest'
import { built, house, redirectOff } from './machine.ts'

const page = (number: number) => ({ start: physAddr(0x40_0000_0000 + number * 4 * KiB), length: 4 * KiB })

describe('who shares a domain', () => {
  /** True if the NIC's mapping is one for the NVMe controller too. */
  const seenByTheOther = (topology: typeof built.topology, switches: string[]) => {
    const { dma, device, reach } = house({ topology, facts: { switches } })
    drive(dma.mapPhys(device('nvme'), page(0), 'to-device'))
    const at = drive(dma.mapPhys(device('nic'), page(1), 'bidirectional'))
    return reach('nvme', at) === page(1).start
  }

  test('ACS-13: two devices below ports that keep them apart have a domain each', () => {
    expect([seenByTheOther(built.topology, []), seenByTheOther(built.topology, ['BUG-44'])]).toEqual([false, false])
  })

  test('ACS-14, BUG-44: two that reach each other directly share one; with the switch each has its own, as in Linux 7.3', () => {
    expect(seenByTheOther(redirectOff.topology, [])).toBe(true)
    expect(seenByTheOther(redirectOff.topology, ['BUG-44'])).toBe(false)
  })

  test('ACS-14: groups that a capture tells are joined in the same way', () => {
    let number = 40
    const captured = redirectOff.topology.mapFunctions((fn) => ({ ...fn, iommuGroup: number++ }))
    expect(seenByTheOther(captured, [])).toBe(true)
    expect(seenByTheOther(captured, ['BUG-44'])).toBe(false)
  })
})
