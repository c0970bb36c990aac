import { describe, expect, test } from 'vitest'
import { drive, type Errno, GiB, KernelError, KiB, MiB, physAddr, type Plugin } from '@barter/core'
import { reservedRegions } from '../src/software/reserved-regions.ts'
import { built, house } from './machine.ts'

const BAR = physAddr(0x40_0000_0000)
/** As the real kernel unmaps in a lazy domain. */
const LATE = { switches: ['BUG-41'] }
const piece = (offset: number, length: number) => ({ start: physAddr(BAR + offset), length })
const refusal = (act: () => unknown): [Errno, string] | undefined => {
  try {
    act()
    return undefined
  } catch (error) {
    if (error instanceof KernelError) return [error.errno, error.rule]
    throw error
  }
}

describe('mapping range by range', () => {
  test('DMA-6: an IOVA translates to the physical range until it is unmapped', () => {
    const { dma, device, reach, end } = house({ options: { strict: true } })
    const nic = device('nic')
    expect(dma.backend(nic)).toBe('iommu-dma')
    const at = drive(dma.mapPhys(nic, piece(0, 8 * KiB), 'bidirectional'))
    expect([reach('nic', at), reach('nic', at + 4097, 'write'), reach('nic', at + 8 * KiB)]).toEqual([
      BAR,
      BAR + 4097,
      'fault',
    ])
    // Another group has a domain of its own.
    expect(reach('nvme', at)).toBe('fault')
    drive(dma.unmapPhys(nic, at, 8 * KiB, 'bidirectional'))
    expect([reach('nic', at), end()]).toEqual(['fault', []])
  })

  test('DMA-6: the 32-bit space comes first, then what the mask of the device allows', () => {
    const { dma, device } = house()
    const nic = device('nic')
    const map = (length: number) => drive(dma.mapPhys(nic, piece(0, length), 'to-device'))
    expect([map(4 * KiB), map(GiB), map(GiB)]).toEqual([0xffff_f000, 2 * GiB, GiB])
    // Three quarters are in use or reserved, and IOVA 0 is never given.
    expect(map(GiB)).toBe(2 ** 48 - GiB)
    // Once the low space was found full, the device is not offered it again.
    expect(map(4 * KiB)).toBe(2 ** 48 - GiB - 4 * KiB)
    const old = device('nvme')
    old.dmaMaskBits = 32
    drive(dma.mapPhys(old, piece(0, GiB), 'to-device'))
    expect(refusal(() => drive(dma.mapPhys(old, piece(0, 2 * GiB), 'to-device')))).toEqual(['ENOMEM', 'DMA-6'])
  })

  test('DMA-7: no IOVA lies in a window of the host bridge, in bus addresses, nor in the MSI window', () => {
    const { dma, device } = house()
    const reserved = reservedRegions(built.topology, '0000:00', built.topology.cpu)
    expect(reserved).toEqual([
      { start: 0xfee00000, length: MiB },
      { start: 0xc0000000, length: 512 * MiB },
      { start: 0x8000000000, length: 256 * GiB },
    ])
    for (let i = 0; i < 40; i++) {
      const at = drive(dma.mapPhys(device('nic'), piece(0, 16 * MiB), 'to-device'))
      const inside = reserved.filter(({ start, length }) => at < start + length && start < at + 16 * MiB)
      expect(inside).toEqual([])
    }
  })

  test('DMA-7: what no inbound range carries is reserved, and devices stand in for windows that are not known', () => {
    const [bridge] = built.topology.hostBridges
    const ranges = [{ bus: 4 * GiB, start: physAddr(0), length: GiB }]
    const topology = built.topology.with({
      hostBridges: [{ ...(bridge ?? expect.fail()), windows: [], inbound: ranges }],
    })
    const arm = { arch: 'arm64', vendor: undefined, family: undefined }
    const bar = topology.get(built.names.get('nvme') ?? expect.fail()).bars[0] ?? expect.fail()
    expect(reservedRegions(topology, '0000:00', arm)).toEqual([
      { start: bar.bus, length: 16 * KiB },
      { start: 0, length: 4 * GiB },
      { start: 5 * GiB, length: 2 ** 52 - 5 * GiB },
    ])
    const { dma, device } = house({ topology })
    expect(drive(dma.mapPhys(device('nic'), piece(0, 4 * KiB), 'to-device'))).toBe(5 * GiB - 4 * KiB)
  })

  test('HAZ-13, BUG-41: a lazy domain answers from the IOTLB until the flush queue runs, and keeps the IOVA as long', () => {
    const { dma, device, reach, runThreads, end, seen } = house({ options: { strict: false }, facts: LATE })
    const nic = device('nic')
    const at = drive(dma.mapPhys(nic, piece(0, 4 * KiB), 'bidirectional'))
    reach('nic', at)
    drive(dma.unmapPhys(nic, at, 4 * KiB, 'bidirectional'))
    expect(reach('nic', at)).toBe(BAR)
    expect(drive(dma.mapPhys(nic, piece(0, 4 * KiB), 'bidirectional'))).not.toBe(at)
    runThreads()
    expect(reach('nic', at)).toBe('fault')
    expect(drive(dma.mapPhys(nic, piece(8 * KiB, 4 * KiB), 'bidirectional'))).toBe(at)
    expect(seen.filter((fact) => fact.kind === 'iommu').map((fact) => fact.action)).toEqual([
      'map',
      'unmap',
      'map',
      'flush',
      'fault',
      'map',
    ])
    expect(end()).toEqual([expect.stringContaining('IOVA ranges of nic:')])
  })

  test.each([
    ['a strict domain', true, [], 'fault'],
    ['a strict domain', true, ['BUG-41'], 'fault'],
    ['a lazy domain', false, [], 'fault'],
    ['a lazy domain', false, ['BUG-41'], BAR],
  ])(
    'HAZ-13, BUG-41: when unmap returns %s (strict: %s) with switches %j answers: %s',
    (_name, strict, switches, seen) => {
      const { dma, device, reach } = house({ options: { strict }, facts: { switches } })
      const at = drive(dma.mapPhys(device('nic'), piece(0, 4 * KiB), 'bidirectional'))
      reach('nic', at)
      drive(dma.unmapPhys(device('nic'), at, 4 * KiB, 'bidirectional'))
      expect(reach('nic', at)).toBe(seen)
    },
  )

  test('HAZ-13: who fills the flush queue flushes it', () => {
    const { dma, device, end, seen } = house({ options: { strict: false }, facts: LATE })
    const flushes = () => seen.filter((fact) => fact.kind === 'iommu' && fact.action === 'flush').length
    const cycle = () => {
      const at = drive(dma.mapPhys(device('nic'), piece(0, 4 * KiB), 'to-device'))
      drive(dma.unmapPhys(device('nic'), at, 4 * KiB, 'to-device'))
    }
    for (let i = 0; i < 255; i++) cycle()
    expect(flushes()).toBe(0)
    cycle()
    expect([flushes(), end()]).toEqual([1, []])
  })

  test('DMA-6, HAZ-16: with a granule above the page size neighbours become reachable, so an untrusted device is refused', () => {
    const { dma, device, reach } = house({ options: { granule: 64 * KiB } })
    const at = drive(dma.mapPhys(device('nic'), piece(4 * KiB, 4 * KiB), 'to-device'))
    expect([at % (64 * KiB), reach('nic', at), reach('nic', at - 4 * KiB)]).toEqual([4 * KiB, BAR + 4 * KiB, BAR])
    expect(refusal(() => drive(dma.mapPhys(device('dock'), piece(4 * KiB, 4 * KiB), 'to-device')))).toEqual([
      'ENOMEM',
      'DMA-6',
    ])
    expect(() => drive(dma.mapPhys(device('dock'), piece(0, 64 * KiB), 'to-device'))).not.toThrow()
  })
})

describe('one IOVA run', () => {
  test('DMA-8, DMA-10: pieces lie one behind the other, and appear to hardware at sync', () => {
    const { dma, device, reach, end } = house()
    const run = dma.tryAllocIova(device('nic'), 12 * KiB) ?? expect.fail()
    drive(run.link(0, piece(64 * KiB, 4 * KiB), 'bidirectional'))
    drive(run.link(4 * KiB, piece(0, 8 * KiB), 'bidirectional'))
    expect(reach('nic', run.start)).toBe('fault')
    drive(run.sync())
    expect([0, 4, 8].map((kib) => reach('nic', run.start + kib * KiB))).toEqual([BAR + 64 * KiB, BAR, BAR + 4 * KiB])
    drive(run.destroy(12 * KiB))
    // Flushed at once although the domain is lazy.
    expect([reach('nic', run.start), end()]).toEqual(['fault', []])
  })

  test('DMA-9: an occupied IOVA gives EADDRINUSE, and what was linked before can be destroyed', () => {
    const { dma, device, end } = house()
    const run = dma.tryAllocIova(device('nic'), 12 * KiB) ?? expect.fail()
    drive(run.link(0, piece(0, 8 * KiB), 'bidirectional'))
    expect(refusal(() => drive(run.link(4 * KiB, piece(64 * KiB, 4 * KiB), 'bidirectional')))).toEqual([
      'EADDRINUSE',
      'DMA-9',
    ])
    drive(run.destroy(8 * KiB))
    expect(end()).toEqual([])
  })

  test('DMA-9: off the granule at an offset gives EIO, and EPERM where it would have to bounce', () => {
    const { dma, device } = house({ options: { granule: 64 * KiB } })
    const link = (name: string, offset: number, start: number) => {
      const run = dma.tryAllocIova(device(name), 256 * KiB) ?? expect.fail()
      return refusal(() => drive(run.link(offset, piece(start, 64 * KiB), 'to-device')))
    }
    expect([
      link('nic', 64 * KiB, 4 * KiB),
      link('nic', 0, 4 * KiB),
      link('dock', 0, 4 * KiB),
      link('dock', 64 * KiB, 4 * KiB),
      link('dock', 64 * KiB, 64 * KiB),
    ]).toEqual([['EIO', 'DMA-9'], undefined, ['EPERM', 'DMA-9'], ['EIO', 'DMA-9'], undefined])
  })

  test('INV-28, BUG-75: what destroy is not told about stays mapped, and the end of the run says so', () => {
    const { dma, device, end } = house()
    const run = dma.tryAllocIova(device('nic'), 8 * KiB) ?? expect.fail()
    drive(run.link(0, piece(0, 8 * KiB), 'to-device'))
    drive(run.sync())
    drive(run.destroy(4 * KiB))
    expect(end()).toEqual([expect.stringMatching(/^4096 bytes of translations of nic \(INV-28\)$/)])
  })

  test('DMA-8: no run where the space is used up, or a test says so; no run for nothing', () => {
    const failing: Plugin = {
      name: 'failing',
      apply: ({ hooks }) => {
        hooks.fault.tap('failing', ({ point, usual }) => (point === 'iova:alloc' ? usual : undefined))
      },
    }
    const broken = house({ plugins: [failing] })
    expect(broken.dma.tryAllocIova(broken.device('nic'), 4 * KiB)).toBeUndefined()
    const { dma, device } = house()
    const small = device('nic')
    small.dmaMaskBits = 24
    expect(dma.tryAllocIova(small, 32 * MiB)).toBeUndefined()
    expect(dma.tryAllocIova(small, 0)).toBeUndefined()
    expect(dma.tryAllocIova(small, 4 * MiB)).toBeDefined()
  })

  test('DMA-1, HAZ-12: elsewhere than on x86, arm64 and s390 there is no IOVA call, but the device is translated', () => {
    const { dma, device, reach } = house({ facts: { cpu: { arch: 'ppc64le', vendor: undefined, family: undefined } } })
    const nic = device('nic')
    expect([dma.backend(nic), dma.tryAllocIova(nic, 4 * KiB)]).toEqual(['legacy', undefined])
    expect(reach('nic', drive(dma.mapPhys(nic, piece(0, 4 * KiB), 'to-device')))).toBe(BAR)
  })
})

test('DMA-3: the operations of some architectures know RAM only, and refuse MMIO', () => {
  const mapOn = (arch: string) => {
    const { dma, device } = house({ facts: { cpu: { arch, vendor: undefined, family: undefined } } })
    return () => drive(dma.mapPhys(device('nic'), piece(0, 4 * KiB), 'bidirectional'))
  }
  for (const arch of ['alpha', 'sparc64']) {
    expect(mapOn(arch)).toThrow(expect.objectContaining({ errno: 'ENOMEM', rule: 'DMA-3' }))
  }
  expect(mapOn('ppc64le')).not.toThrow()
})

describe('who is translated', () => {
  test('DMA-1: an identity domain is direct, and its requests pass', () => {
    const { dma, device, reach, system } = house({ options: { mode: 'identity' } })
    expect([dma.backend(device('nic')), dma.tryAllocIova(device('nic'), 4 * KiB)]).toEqual(['direct', undefined])
    expect(drive(dma.mapPhys(device('nic'), piece(0, 4 * KiB), 'to-device'))).toBe(BAR)
    expect([reach('nic', BAR), system.facts.iommu.mode]).toEqual([BAR, 'identity'])
  })

  test('DMA-1: functions with one requester id share a domain, also an identity domain', () => {
    const { dma, device, reach } = house()
    const at = drive(dma.mapPhys(device('sound'), piece(0, 4 * KiB), 'to-device'))
    expect(reach('modem', at)).toBe(BAR)
    expect(drive(dma.mapPhys(device('modem'), piece(0, 4 * KiB), 'to-device'))).not.toBe(at)
    const passing = house({ options: { identity: [device('sound').bdf] } })
    expect(['sound', 'modem', 'nic'].map((name) => passing.dma.backend(passing.device(name)))).toEqual([
      'direct',
      'direct',
      'iommu-dma',
    ])
    expect(['modem', 'nic'].map((name) => passing.reach(name, BAR))).toEqual([BAR, 'fault'])
  })

  test('DMA-1: functions that a capture puts into one group share a domain', () => {
    const topology = built.topology.mapFunctions((fn) => ({ ...fn, iommuGroup: 7 }))
    const { dma, device, reach } = house({ topology })
    expect(reach('nvme', drive(dma.mapPhys(device('nic'), piece(0, 4 * KiB), 'to-device')))).toBe(BAR)
  })
})
