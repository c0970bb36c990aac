/**
 * The old call beside the provider path, row by row (DMA-12): what each hands out on the same machine, where the packets
 * go, and what the judge says.
 */
import { iommu } from '@barter/platform-iommu'
import { busOffset } from '@barter/platform-bus-offset'
import { describe, expect, test } from 'vitest'
import { ends, type House, invariants, play, step } from './house.ts'

const REDIRECT = ['SV', 'RR', 'CR', 'UF'] as const
const OLD = 'vfio-pci-map-resource'
const BAR = 0x8000_0000

/** CPU 80000000 is bus 40000000; devices see CPU addresses 32 TiB further up. */
const moved = () =>
  busOffset({
    hostBridge: '0000:00',
    windows: [{ start: '0x80000000', length: '256 MiB', bus: '0x40000000' }],
    inbound: [{ bus: '0x200000000000', start: 0, length: '4 GiB' }],
  })

interface Row {
  /** How the map ended, then the write. */
  readonly map: string
  readonly write: string | undefined
  readonly found: readonly string[]
  readonly address: number | undefined
  readonly viaRoot: boolean
}

function row(driver: string, on: string, house: House): Row {
  const report = play(
    {
      vmm: [
        step('open', 'disk'),
        step('export', 'disk', { bar: 0, ranges: [{ offset: 0, length: '64 KiB' }] }, 'buf'),
        step('import', 'buf', { on }, 'use'),
        step('map', 'use'),
        step('write', 'use', { data: 'hello' }),
        step('close', 'use'),
        step('close', 'disk'),
        step('close', 'buf'),
      ],
    },
    { ...house, drivers: { disk: driver, card: 'probe' } },
  )
  const map = report.events.find((event) => event.kind === 'map')
  const dma = report.events.find((event) => event.kind === 'dma')
  const [, , , mapped = '', write] = ends(report)
  return {
    map: mapped,
    write: dma === undefined ? undefined : write,
    found: invariants(report),
    address: map?.kind === 'map' ? map.address : undefined,
    viaRoot: dma?.kind === 'dma' && dma.route.some((hop) => hop.includes('up to the root complex')),
  }
}

const both = (house: () => House, on = 'card'): { old: Row; now: Row } => ({
  old: row(OLD, on, house()),
  now: row('vfio-pci', on, house()),
})

describe('DMA-12: the same machine, two ways', () => {
  test('DMA-13: bus offset, no redirect: CPU address to nowhere, bus address to the BAR', () => {
    const { old, now } = both(() => ({ plugins: [moved()] }))
    expect(old).toEqual({ map: 'ok', write: 'error', found: ['INV-16'], address: BAR, viaRoot: true })
    expect(now).toEqual({ map: 'ok', write: 'ok', found: [], address: BAR - 0x4000_0000, viaRoot: false })
  })

  test('DMA-14: no offset, no redirect: the same, by luck and by design', () => {
    const { old, now } = both(() => ({}))
    expect(old).toEqual({ map: 'ok', write: 'ok', found: [], address: BAR, viaRoot: false })
    expect(now).toEqual(old)
  })

  test('DMA-15: IOMMU and redirect: the same; only one of them asked if the root complex routes', () => {
    const { old, now } = both(() => ({ acs: REDIRECT, plugins: [iommu()] }))
    expect(old).toMatchObject({ map: 'ok', write: 'ok', found: [], viaRoot: true })
    expect(now).toMatchObject({ map: 'ok', write: 'ok', found: [], viaRoot: true })
    const bad = both(() => ({ acs: REDIRECT, intel: true, hostBridge: { routesPeers: false }, plugins: [iommu()] }))
    expect(bad.old).toMatchObject({ map: 'ok', write: 'error', found: ['INV-16'] })
    expect(bad.now).toMatchObject({ map: 'EINVAL SGT-8', write: undefined, found: [] })
  })

  test('DMA-16: IOMMU, no redirect: a detour through the IOMMU, and straight across', () => {
    const { old, now } = both(() => ({ plugins: [iommu()] }))
    expect(old).toMatchObject({ map: 'ok', write: 'ok', found: ['INV-18'], viaRoot: true })
    expect(old.address).not.toBe(BAR)
    expect(now).toEqual({ map: 'ok', write: 'ok', found: [], address: BAR, viaRoot: false })
  })

  test('DMA-17: two root ports of an unlisted host bridge: it says yes and nothing arrives, or no', () => {
    for (const plugins of [() => [], () => [iommu()]]) {
      const { old, now } = both(() => ({ intel: true, hostBridge: { routesPeers: false }, plugins: plugins() }), 'far')
      expect(old).toMatchObject({ map: 'ok', write: 'error', found: ['INV-16'] })
      expect(now).toMatchObject({ map: 'EINVAL SGT-8', write: undefined, found: [] })
    }
  })

  test('DMA-18: bus offset and redirect: the host bridge sees CPU addresses elsewhere', () => {
    const { old, now } = both(() => ({ acs: REDIRECT, plugins: [moved()] }))
    expect(old).toMatchObject({ map: 'ok', write: 'error', found: ['INV-16'], address: BAR })
    expect(now).toMatchObject({ map: 'ok', write: 'ok', found: [], address: BAR + 0x2000_0000_0000 })
  })

  test('DMA-19: the provider path is right in every row', () => {
    const plugins = [() => [], () => [moved()], () => [iommu()], () => [moved(), iommu()]]
    for (const acs of ['off', REDIRECT] as const) {
      for (const made of plugins) {
        expect(row('vfio-pci', 'card', { acs, plugins: made() })).toMatchObject({ write: 'ok', found: [] })
      }
    }
  })
})
