/** Hostile export requests: any u64, any count, any flag gives the errno of the first row that it breaks, and no address outside. */
import { buildTopology, type Report, type Scenario, type Step, type StepValue } from '@barter/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { answerTo, type RawRequest } from './export-reference.ts'
import { runs, SEED, TIMEOUT } from './sweep.ts'
import { wholeSystem } from './whole-system.ts'

const PAGE_SIZES = [4096, 16384, 65536] as const
const BAR_LENGTH = 2 ** 26

const { topology, names } = buildTopology({
  hostBridges: [
    {
      devices: [
        {
          rootPort: 'root',
          below: [
            {
              switch: 'box',
              ports: [
                {
                  below: [
                    {
                      endpoint: 'gpu',
                      bars: [
                        { index: 0, length: '2 KiB', kind: 'mem32' },
                        { index: 1, length: 256, kind: 'io' },
                        { index: 2, length: BAR_LENGTH, kind: 'mem64pref' },
                        { index: 4, length: '64 KiB', kind: 'mem32' },
                      ],
                    },
                  ],
                },
                { below: [{ endpoint: 'nic', bars: [{ index: 0, length: '64 KiB' }] }] },
              ],
            },
          ],
        },
      ],
    },
  ],
})
const gpu = topology.get(names.get('gpu') ?? expect.fail())
const [, , bar] = gpu.bars
const base = BigInt(bar?.start ?? 0)

/** Where arithmetic goes wrong, give or take a page or a byte. */
const edge = (pageSize: number): fc.Arbitrary<bigint> => {
  const page = BigInt(pageSize)
  const places = [
    0n,
    page,
    BigInt(BAR_LENGTH),
    BigInt(BAR_LENGTH) / 2n,
    2n ** 32n,
    2n ** 52n,
    2n ** 63n,
    2n ** 64n,
    2n ** 64n - base,
  ]
  const near = fc
    .record({ place: fc.constantFrom(...places), step: fc.constantFrom(-page, -1n, 0n, 1n, page) })
    .map(({ place, step }) => (place + step + 2n ** 64n) % 2n ** 64n)
  const inside = fc.bigInt({ min: 0n, max: BigInt(BAR_LENGTH) / page }).map((pages) => pages * page)
  return fc.oneof(
    { weight: 3, arbitrary: near },
    { weight: 4, arbitrary: inside },
    { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) },
  )
}

const usually = <T>(value: T, otherwise: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 8, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: otherwise })

const request = (pageSize: number): fc.Arbitrary<RawRequest> =>
  fc
    .record({
      region: usually(2, fc.constantFrom(0, 1, 3, 4, 5, 6, 7, 8, 255, 0xffff_ffff)),
      flags: usually(0, fc.constantFrom(1, 0x8000_0000, 0xffff_ffff)),
      ranges: fc.array(fc.record({ offset: edge(pageSize), length: edge(pageSize) }), { maxLength: 4 }),
      more: usually(0, fc.constantFrom(-1, 1, 2 ** 20, 2 ** 28)),
      argsz: usually(undefined, fc.constantFrom<number | undefined>(0, 7, 8, 23, 24, 0xffff_ffff)),
    })
    .map(({ ranges, more, argsz, ...rest }) => ({
      ...rest,
      ranges,
      nrRanges: Math.max(0, ranges.length + more),
      argsz: argsz ?? 24 + 16 * ranges.length,
    }))

function scenarioOf({ region, flags, nrRanges, argsz, ranges }: RawRequest): Scenario {
  const args: Record<string, StepValue> = {
    bar: region,
    flags,
    nrRanges,
    argsz,
    ranges: ranges.map((range) => ({ ...range })),
  }
  const steps: Step[] = [
    { verb: 'open', target: 'gpu', args: {} },
    { verb: 'export', target: 'gpu', args, as: 'buf' },
    { verb: 'import', target: 'buf', args: { on: 'nic', driver: 'probe' }, as: 'a' },
    { verb: 'map', target: 'a', args: {} },
  ]
  return {
    title: 'a hostile request',
    devices: { gpu: { at: gpu.bdf, driver: 'vfio-pci' }, nic: { at: names.get('nic') ?? expect.fail() } },
    actors: [{ name: 'user', steps }],
    expect: [{ kind: 'no-violation' }, { kind: 'all-finish' }],
  }
}

/** What the driver said, in the words of the reference. */
function said({ outcomes }: Report): unknown {
  const result = outcomes[1]?.result
  if (result?.kind === 'errno') return { errno: result.errno }
  if (result?.kind === 'ok') return { size: BigInt((result.value as { size: number }).size) }
  return result
}

/** Bus addresses are those of the BAR, on a machine without offset. */
function mappedInside({ outcomes }: Report, region: number): boolean {
  const result = outcomes[3]?.result
  const owner = gpu.bars.find(({ index }) => index === region)
  if (result?.kind !== 'ok' || owner?.length === undefined) return false
  const { entries } = result.value as {
    readonly entries: readonly { readonly address: number; readonly length: number }[]
  }
  const end = owner.start + owner.length
  return entries.every(({ address, length }) => address >= owner.start && address + length <= end)
}

test.each(PAGE_SIZES)('VFIO-3 to VFIO-12: hostile requests, pages of %i', { timeout: TIMEOUT }, async (pageSize) => {
  const system = wholeSystem(topology, { iommu: 'none', facts: { pageSize } })
  const seen = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(request(pageSize), async (raw) => {
      const report = await system.machine('sim').run(scenarioOf(raw), { seed: 1, quiet: true })
      const wanted = answerTo(raw, gpu.bars, pageSize)
      const kind = 'errno' in wanted ? wanted.errno : 'ok'
      seen.set(kind, (seen.get(kind) ?? 0) + 1)
      expect(said(report)).toEqual(wanted)
      expect(report.violations).toEqual([])
      if (kind === 'ok') expect(mappedInside(report, raw.region)).toBe(true)
    }),
    { numRuns: runs(1000), seed: SEED },
  )
  expect([...seen.keys()].sort()).toEqual(['EFAULT', 'EINVAL', 'ENODEV', 'ENOMEM', 'EOVERFLOW', 'ok'])
})
