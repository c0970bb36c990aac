import { describe, expect, test } from 'vitest'
import { compose, drive, iova, KernelError, KiB, MiB, physAddr } from '@barter/core'
import { iommu } from '../src/index.ts'
import { built, house } from './machine.ts'

const BAR = physAddr(0x40_0000_0000)

describe('facts', () => {
  const facts = (...[options, change, mode]: [Parameters<typeof iommu>[0]?, object?, ('none' | 'identity')?]) => {
    const topology = mode === undefined ? built.topology : built.topology.with({ iommu: { mode } })
    return compose({ topology, plugins: [iommu(options)], facts: change ?? {} }).facts.iommu
  }

  test('DMA-1: a machine that tells nothing is translated, lazily; options win over facts, facts over the capture', () => {
    expect(facts()).toEqual({ mode: 'translated', strict: false })
    expect(facts({ mode: 'none' })).toMatchObject({ mode: 'none' })
    expect(facts({}, {}, 'none')).toMatchObject({ mode: 'none' })
    expect(facts({}, {}, 'identity')).toMatchObject({ mode: 'identity' })
    expect(facts({}, { iommu: { mode: 'identity', strict: true } })).toEqual({ mode: 'identity', strict: true })
    expect(facts({ mode: 'translated', strict: false }, { iommu: { mode: 'identity', strict: true } })).toEqual({
      mode: 'translated',
      strict: false,
    })
  })

  test.each([
    ['IOMMU_MODE', () => iommu({ mode: 'on' as never })],
    ['IOMMU_GRANULE', () => iommu({ granule: 8192 })],
    ['IOMMU_DEVICE', () => compose({ topology: built.topology, plugins: [iommu({ identity: ['0000:7f:00.0'] })] })],
  ])('DMA-1: a mistake in the options is %s, with a hint', (code, act) => {
    expect(act).toThrow(expect.objectContaining({ code, hint: expect.any(String), plugin: 'platform-iommu' }))
  })
})

describe('without an IOMMU', () => {
  test('DMA-1: the platform stays as it was, and there are no domains to be had', () => {
    const { dma, device, unit, passing, domains } = house({ options: { mode: 'none' } })
    expect([dma.backend(device('nic')), unit]).toEqual(['direct', passing])
    expect(() => domains.create('guest')).toThrow(expect.objectContaining({ errno: 'ENODEV' }))
  })
})

describe('domains of others', () => {
  test.each(['translated', 'identity'] as const)(
    'IFD-6: in mode %s a domain translates while it is attached',
    (mode) => {
      const { domains, device, reach } = house({ options: { mode } })
      const before = reach('nic', BAR)
      const guest = domains.create('guest')
      drive(guest.map(iova(0x1000), { start: BAR, length: 2 * MiB }, 'bidirectional'))
      drive(domains.attach(device('nic'), guest))
      expect([reach('nic', 0x2000), reach('nic', BAR)]).toEqual([BAR + 0x1000, 'fault'])
      drive(domains.detach(device('nic')))
      expect(reach('nic', BAR)).toBe(before)
    },
  )

  test('IFD-8: unmap has flushed the IOTLB when it returns, and tells how much was mapped', () => {
    const { domains, device, reach } = house()
    const guest = domains.create('guest')
    drive(guest.map(iova(0x1000), { start: BAR, length: 8 * KiB }, 'bidirectional'))
    drive(domains.attach(device('nic'), guest))
    reach('nic', 0x1000)
    expect([drive(guest.unmap(iova(0), 64 * KiB)), reach('nic', 0x1000)]).toEqual([8 * KiB, 'fault'])
  })

  test('IFD-6: a range off the granule is EINVAL, an occupied one EADDRINUSE', () => {
    const guest = house({ options: { granule: 16384 } }).domains.create('guest')
    const map = (at: number, length: number) => () => {
      drive(guest.map(iova(at), { start: BAR, length }, 'to-device'))
    }
    expect(map(0x1000, 16 * KiB)).toThrow(KernelError)
    expect(map(0x4000, 4 * KiB)).toThrow(expect.objectContaining({ errno: 'EINVAL' }))
    map(0x4000, 32 * KiB)()
    expect(map(0x8000, 16 * KiB)).toThrow(expect.objectContaining({ errno: 'EADDRINUSE' }))
  })
})
