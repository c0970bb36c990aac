/** Random sequences of triggers from several actors: every invariant holds, nobody waits for ever, nothing is left over. */
import {
  buildTopology,
  type DeviceBinding,
  type EndpointSpec,
  type IommuMode,
  type Report,
  type Scenario,
  type TopologySpec,
  type TraceEvent,
} from '@barter/core'
import { REVOKE, UNREVOKE, type VfioPciOptions } from '@barter/exporter-vfio-pci'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { randomStory } from './random-story.ts'
import { StateRule } from './state-rule.ts'
import { runs, SEED, TIMEOUT } from './sweep.ts'
import { wholeSystem } from './whole-system.ts'

const ISOLATED = ['SV', 'RR', 'CR', 'UF'] as const
const nic = (endpoint: string): EndpointSpec => ({ endpoint, class: 'nic', bars: [{ index: 0, length: '64 KiB' }] })

/** A lender and two NICs below one switch, one of them behind a port that redirects, and a third far away. */
const spec: TopologySpec = {
  cpu: { vendor: 'AuthenticAMD', family: 0x19 },
  hostBridges: [
    {
      devices: [
        {
          rootPort: 'root',
          acs: ISOLATED,
          below: [
            {
              switch: 'box',
              ports: [
                { acs: 'off', below: [{ endpoint: 'gpu', bars: [{ index: 0, length: '64 KiB', kind: 'mem64pref' }] }] },
                { acs: 'off', below: [nic('near')] },
                { acs: ISOLATED, below: [nic('mid')] },
              ],
            },
          ],
        },
        { rootPort: 'other', acs: ISOLATED, below: [nic('far')] },
      ],
    },
  ],
}
const { topology, names } = buildTopology(spec)
const devices = Object.fromEntries(
  ['gpu', 'near', 'mid', 'far'].map((name): [string, DeviceBinding] => [
    name,
    { at: names.get(name) ?? expect.fail(name), driver: name === 'gpu' ? 'vfio-pci' : 'mlx5' },
  ]),
)

interface Kernel {
  readonly iommu: IommuMode
  readonly switches?: readonly string[]
  readonly vfio?: VfioPciOptions
}

/** Run a story, and say what is wrong with it. */
async function play(story: Omit<Scenario, 'devices'>, seed: number, kernel: Kernel) {
  const { iommu, switches = [], vfio } = kernel
  const rule = new StateRule('gpu')
  const system = wholeSystem(topology, {
    iommu,
    facts: { switches },
    plugins: [rule.plugin()],
    ...(vfio === undefined ? {} : { vfio }),
  })
  const report = await system.machine('sim').run({ ...story, devices }, { seed })
  const unmet = report.outcomes.filter(({ met }) => !met).map(({ actor, text, result }) => ({ actor, text, result }))
  return { report, wrong: [...report.violations, ...unmet, ...rule.broken] }
}

/** How often what the test is about happened. */
const COUNTED: Readonly<Record<string, (event: TraceEvent) => boolean>> = {
  mapped: (event) => event.kind === 'map' && event.mapping !== undefined,
  'mapping refused': (event) => event.kind === 'map' && event.errno !== undefined,
  'attachment refused': (event) => event.kind === 'attach' && event.errno !== undefined,
  'told while mapped': (event) => event.kind === 'invalidate' && event.mapped,
  'moved by bus address': (event) => event.kind === 'dma' && event.arrived && event.route.length <= 3,
  'moved through the host bridge': (event) => event.kind === 'dma' && event.arrived && event.route.length > 3,
  revoked: (event) => event.kind === 'state' && event.state === 'revoked',
  'live again': (event) => event.kind === 'state' && event.state === 'live',
  dead: (event) => event.kind === 'state' && event.state === 'dead',
  'in low power': (event) => event.kind === 'protocol' && event.protocol === 'low power entry',
  'woken up': (event) => event.kind === 'protocol' && event.protocol === 'wake-up',
  'reset together': (event) => event.kind === 'protocol' && event.protocol === 'hot reset begins',
  'waited for the last close': (event) => event.kind === 'blocked' && event.why === 'registration',
  'waited for unmaps': (event) => event.kind === 'blocked' && event.why === 'unmap',
  'waited for fences': (event) => event.kind === 'blocked' && event.why === 'fences',
}

function count(seen: Map<string, number>, { events }: Report): void {
  for (const event of events) {
    for (const [name, is] of Object.entries(COUNTED)) {
      if (is(event)) seen.set(name, (seen.get(name) ?? 0) + 1)
    }
  }
}

describe('INV-1, INV-4, INV-6, INV-7, INV-10, INV-11, INV-12, INV-14, INV-15, INV-16, INV-28: random triggers', () => {
  test.each<IommuMode>(['none', 'identity', 'translated'])('IOMMU %s', { timeout: TIMEOUT }, async (iommu) => {
    const seen = new Map(Object.keys(COUNTED).map((name) => [name, 0]))
    await fc.assert(
      fc.asyncProperty(randomStory, fc.nat(0xffff), async (story, seed) => {
        const { report, wrong } = await play(story, seed, { iommu })
        count(seen, report)
        expect(wrong).toEqual([])
        expect(report.verdict).toBe('pass')
      }),
      { numRuns: runs(110), seed: SEED },
    )
    // Nothing is proved about what did not happen.
    for (const [name, times] of seen) expect([name, times > 0]).toEqual([name, true])
  })
})

describe('the same stories find what is wrong with a kernel', () => {
  const without = (list: typeof REVOKE, name: string) => list.filter((step) => step.name !== name)
  const first = (list: typeof REVOKE, name: string) => {
    const lock = list.findIndex((step) => step.name === 'lockResv')
    return [
      ...list.slice(0, lock + 1),
      ...list.filter((step) => step.name === name),
      ...list.slice(lock + 1).filter((step) => step.name !== name),
    ]
  }

  test.each<[string, RegExp, Omit<Kernel, 'iommu'>]>([
    ['BUG-30', /INV-28/, { switches: ['BUG-30'] }],
    ['BUG-35', /INV-14|after /, { switches: ['BUG-35'] }],
    ['BUG-54', /INV-/, { vfio: { protocols: { revoke: without(REVOKE, 'waitUnmapped') } } }],
    ['BUG-50', /INV-|blocked/, { vfio: { protocols: { revoke: first(REVOKE, 'invalidate') } } }],
    ['BUG-55', /INV-/, { vfio: { protocols: { revoke: without(REVOKE, 'rearm') } } }],
    ['BUG-63', /after /, { vfio: { protocols: { unrevoke: without(UNREVOKE, 'clearFlag') } } }],
  ])('%s shows as %s', { timeout: TIMEOUT }, async (_id, expected, kernel) => {
    let found = ''
    const property = fc.asyncProperty(randomStory, fc.nat(0xffff), async (story, seed) => {
      const { wrong } = await play(story, seed, { iommu: 'translated', ...kernel })
      if (wrong.length > 0)
        found = JSON.stringify(wrong[0], (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
      return wrong.length === 0
    })
    const { failed } = await fc.check(property, { numRuns: 1000, seed: SEED, endOnFailure: true })
    expect([failed, found]).toEqual([true, expect.stringMatching(expected)])
  })
})
