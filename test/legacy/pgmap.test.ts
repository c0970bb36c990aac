/** Struct pages beside providers, on the same machines: who is refused, who is waited for. */
import { iommu } from '@barter/platform-iommu'
import { noPgmap } from '@barter/platform-no-pgmap'
import { describe, expect, test } from 'vitest'
import { ends, type House, invariants, play, step } from './house.ts'

const REDIRECT = ['SV', 'RR', 'CR', 'UF'] as const
const ranges = [{ offset: 0, length: '64 KiB' }]
const lend = (pages: boolean) => [
  step('open', 'disk'),
  ...(pages ? [step('addResource', 'disk', { bar: 0 })] : []),
  step('export', 'disk', { bar: 0, ranges }, 'buf'),
]
const use = [step('import', 'buf', { on: 'card' }, 'use'), step('map', 'use')]
const write = step('write', 'use', { data: 'hello' })
const done = [step('close', 'use'), step('close', 'buf'), step('close', 'disk')]
const with2 = (disk: string, house: House = {}): House => ({ ...house, drivers: { disk, card: 'probe' } })

describe('PGM-12: pages against providers', () => {
  test('PGM-5: an architecture without struct pages lends through a provider', () => {
    const plugins = [noPgmap({ arch: 'sparc64' })]
    expect(ends(play({ vmm: lend(true) }, with2('p2pmem', { plugins }))).slice(1)).toEqual([
      'ENXIO PGM-5',
      'ENODEV PGM-8',
    ])
    const provider = play(
      { vmm: [...lend(false), ...use, write, ...done] },
      with2('vfio-pci', { plugins: [noPgmap({ arch: 'sparc64' })] }),
    )
    expect(new Set(ends(provider))).toEqual(new Set(['ok']))
  })

  test('PGM-2: a BAR below 2 MiB lends through a provider', () => {
    const steps = (driver: string) => {
      const pages =
        driver === 'p2pmem' ? [step('addResource', 'camera', { bar: 0 })] : [step('export', 'camera', { bar: 0 })]
      return ends(play({ vmm: [step('open', 'camera'), ...pages] }, { drivers: { camera: driver } }))[1]
    }
    expect([steps('p2pmem'), steps('vfio-pci')]).toEqual(['EINVAL PGM-2', 'ok'])
  })

  test('PGM-10: both give the same addresses where both give any', () => {
    const address = (driver: string, house: House) => {
      const report = play({ vmm: [...lend(driver === 'p2pmem'), ...use, write, ...done] }, with2(driver, house))
      expect([invariants(report), new Set(ends(report))]).toEqual([[], new Set(['ok'])])
      const map = report.events.find((event) => event.kind === 'map')
      return map?.kind === 'map' ? [map.mapType, map.addressKind, map.address] : undefined
    }
    for (const house of [{}, { acs: REDIRECT }, { acs: REDIRECT, plugins: [iommu()] }, { plugins: [iommu()] }]) {
      expect(address('p2pmem', house)).toEqual(address('vfio-pci', house))
    }
  })

  test('PGM-11: the unbind waits for an importer that REV-8 would have told', () => {
    const unbind = (driver: string) => {
      const report = play(
        {
          vmm: [
            ...lend(driver === 'p2pmem'),
            ...use,
            step('close', 'disk'),
            step('start', 'admin'),
            step('sleep', '1 s'),
            write,
            step('idle', ''),
          ],
          admin: [step('unbind', 'disk')],
        },
        with2(driver),
      )
      const end = (text: string) => report.outcomes.find((one) => one.text.startsWith(text))?.result.kind
      return { unbind: end('unbind'), write: end('write'), found: invariants(report) }
    }
    expect(unbind('p2pmem')).toEqual({ unbind: 'blocked', write: 'ok', found: [] })
    expect(unbind('vfio-pci')).toEqual({ unbind: 'ok', write: 'error', found: [] })
  })

  test('PGM-12: in a reset pages stay in use, a buffer is taken away', () => {
    const reset = (driver: string, word: string) => {
      const report = play(
        {
          vmm: [
            ...lend(driver === 'p2pmem'),
            ...use,
            step('start', 'writer'),
            step(word, 'disk'),
            step('wait', 'writer', { until: 'done' }),
          ],
          writer: [step('wait', 'disk', { until: 'dark' }), step('sleep', '10 ms'), write],
        },
        with2(driver),
      )
      return invariants(report)
    }
    expect([reset('p2pmem', 'sysfsReset'), reset('vfio-pci', 'reset')]).toEqual([['INV-14'], []])
  })

  test('PGM-10: an RDMA importer takes pages too, as it is not asked to let go', () => {
    const steps = [...lend(true), step('import', 'buf', { on: 'card' }, 'use'), write, ...done]
    const report = play({ vmm: steps }, { drivers: { disk: 'p2pmem', card: 'mlx5' } })
    expect([invariants(report), new Set(ends(report))]).toEqual([[], new Set(['ok'])])
  })
})
