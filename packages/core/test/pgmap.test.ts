import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GiB, MiB, physAddr } from '../src/address.ts'
import { defaultFacts, type FactsChange } from '../src/default-facts.ts'
import { KernelError } from '../src/errors.ts'
import type { PciFunction } from '../src/pci-function.ts'
import {
  checkPgmap,
  NO_PGMAP_ARCHS,
  PGMAP_ARCHS,
  type PgmapRequest,
  sectionSize,
  structPageBytes,
  SUBSECTION,
} from '../src/pgmap.ts'
import type { Topology } from '../src/topology.ts'
import { buildTopology } from '../src/topology-spec.ts'

const { topology, names } = buildTopology({
  memory: [{ start: 0, length: '1 GiB' }],
  hostBridges: [
    {
      windows: [
        { start: '0x80000000', length: '1 GiB' },
        { start: '0x3f0000000000', length: '2 TiB' },
      ],
      devices: [
        {
          endpoint: 'gpu',
          bars: [
            { index: 0, length: '64 MiB', kind: 'mem32', start: '0x80000000' },
            { index: 1, length: '1 MiB', kind: 'mem32', start: '0x84000000' },
            { index: 2, length: '1 TiB', kind: 'mem64pref', start: '0x400000000000' },
            { index: 4, length: '64 B', kind: 'io' },
          ],
        },
        { endpoint: 'ism', nonMappableBars: true, bars: [{ index: 0, length: '4 MiB' }] },
      ],
    },
  ],
})

const named = (name: string): PciFunction => {
  const bdf = names.get(name)
  if (bdf === undefined) throw new Error(`no ${name}`)
  return topology.get(bdf)
}

function answer(
  request: Partial<PgmapRequest>,
  {
    fn = named('gpu'),
    machine = topology,
    facts = {},
    existing = [] as readonly { start: number; length: number }[],
  }: {
    fn?: PciFunction
    machine?: Topology
    facts?: FactsChange
    existing?: readonly { start: number; length: number }[]
  } = {},
) {
  try {
    const taken = existing.map(({ start, length }) => ({ start: physAddr(start), length }))
    return checkPgmap(defaultFacts(machine, facts), machine, fn, { bar: 0, offset: 0, size: 0, ...request }, taken)
  } catch (error) {
    if (error instanceof KernelError) return `${error.errno} ${error.rule}`
    throw error
  }
}

describe('PGM-1: the checks in their order', () => {
  test.each<[string, Partial<PgmapRequest>, unknown]>([
    ['the whole BAR', {}, { start: 0x8000_0000, length: 64 * MiB }],
    ['the rest of it', { offset: 2 * MiB }, { start: 0x8020_0000, length: 62 * MiB }],
    ['a piece', { offset: 4 * MiB, size: 2 * MiB }, { start: 0x8040_0000, length: 2 * MiB }],
    ['an I/O BAR', { bar: 4 }, 'EINVAL PGM-1'],
    ['a BAR that is not there', { bar: 3 }, 'EINVAL PGM-1'],
    ['an offset behind the end', { offset: 64 * MiB }, 'EINVAL PGM-1'],
    ['a size beyond the end', { offset: 62 * MiB, size: 4 * MiB }, 'EINVAL PGM-1'],
    ['PGM-2: a BAR smaller than a subsection', { bar: 1 }, 'EINVAL PGM-2'],
    ['PGM-2: a piece that does not start at one', { offset: MiB, size: 2 * MiB }, 'EINVAL PGM-2'],
    ['PGM-4: a BAR above the linear map', { bar: 2 }, 'EINVAL PGM-4'],
  ])('PGM-1: %s', (_, request, expected) => {
    expect(answer(request)).toEqual(expected)
  })

  test('P2P-3: BARs that cannot be mapped are refused before they are looked at, but after the range', () => {
    expect(answer({}, { fn: named('ism') })).toBe('EOPNOTSUPP P2P-3')
    expect(answer({ offset: 8 * MiB }, { fn: named('ism') })).toBe('EINVAL PGM-1')
  })

  test('PGM-4: over RAM, and where pages are already', () => {
    const machine = topology.with({ memory: [{ start: physAddr(0x8300_0000), length: MiB }] })
    expect(answer({}, { machine })).toBe('ENXIO PGM-4')
    expect(answer({}, { existing: [{ start: 0x8000_0000, length: 2 * MiB }] })).toBe('ENOMEM PGM-4')
    expect(answer({ offset: 2 * MiB }, { existing: [{ start: 0x8000_0000, length: 2 * MiB }] })).toMatchObject({})
  })

  test('P2P-11: a kernel without P2PDMA refuses at once', () => {
    const facts = { config: { p2pdma: false, vfioPciDmabuf: false } }
    expect(answer({ bar: 9 }, { facts })).toBe('EOPNOTSUPP P2P-11')
  })
})

describe('PGM-5: architectures', () => {
  test.each(PGMAP_ARCHS)('PGM-5: %s makes struct pages for MMIO', (arch) => {
    expect(answer({}, { facts: { cpu: { arch, vendor: undefined, family: undefined } } })).toMatchObject({})
  })

  test.each(NO_PGMAP_ARCHS)('PGM-5: %s does not', (arch) => {
    const facts = { cpu: { arch, vendor: undefined, family: undefined } }
    expect(defaultFacts(topology, facts).pgmap).toBe(false)
    expect(answer({}, { facts })).toBe('ENXIO PGM-5')
  })
})

describe('PGM-3, PGM-6: sizes', () => {
  test.each([
    ['x86_64', 4096, 128],
    ['arm64', 4096, 128],
    ['arm64', 65536, 512],
    ['riscv64', 4096, 128],
    ['s390x', 4096, 128],
    ['ppc64', 65536, 16],
    ['loongarch64', 16384, 512],
    ['sparc64', 4096, 1024],
  ])('PGM-3: a section of %s with pages of %i bytes has %i MiB', (arch, pageSize, mebibytes) => {
    expect(sectionSize(arch, pageSize)).toBe(mebibytes * MiB)
  })

  test('PGM-6: a BAR of 100 GiB costs 1600 MiB with small pages, 100 MiB with large ones', () => {
    expect(structPageBytes(100 * GiB, 4096)).toBe(1600 * MiB)
    expect(structPageBytes(100 * GiB, 65536)).toBe(100 * MiB)
  })

  test('PGM-2: what is accepted is in whole subsections within the BAR', () => {
    const unit = fc.integer({ min: 0, max: 130 }).map((n) => n * (MiB / 2))
    fc.assert(
      fc.property(unit, unit, (offset, size) => {
        const range = answer({ offset, size })
        if (typeof range === 'string') return
        expect([range.start % SUBSECTION, range.length % SUBSECTION]).toEqual([0, 0])
        expect(range.start - 0x8000_0000 + range.length).toBeLessThanOrEqual(64 * MiB)
        expect(range.length).toBe(size === 0 ? 64 * MiB - offset : size)
      }),
    )
  })
})
