/**
 * Why a buffer is revoked before a reset: on a poor platform one read of a silent function is the machine's last act.
 * The same story with an importer that lets go when told, and with one whose engine goes on.
 */
import {
  type Bdf,
  buildTopology,
  compose,
  type Expectation,
  type Report,
  type Scenario,
  type Step,
  type StepValue,
} from '@barter/core'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { probe } from '@barter/importer-probe'
import { hazard, type HazardOptions, type PlatformManner } from '@barter/platform-hazard'
import { noPgmap } from '@barter/platform-no-pgmap'
import { runScenario, sim } from '@barter/sim'
import { describe, expect, test } from 'vitest'

const { topology, names } = buildTopology({
  cpu: { vendor: 'AuthenticAMD', family: 0x17 },
  hostBridges: [
    {
      id: '1022:1450',
      devices: [
        {
          rootPort: 'root',
          below: [
            {
              switch: 'switch',
              ports: ['disk', 'card'].map((endpoint) => ({
                below: [{ endpoint, bars: [{ index: 0, length: '64 KiB' }] }],
              })),
            },
          ],
        },
      ],
    },
  ],
})
const at = (name: string): Bdf => names.get(name) ?? expect.fail(name)

const step = (verb: string, target: string, args: Readonly<Record<string, StepValue>> = {}, as?: string): Step => ({
  verb,
  target,
  args,
  ...(as === undefined ? {} : { as }),
})

/** The card reads 20 ms into a reset of 100, `by` its driver or by an engine that nobody told. */
function story(
  manner: HazardOptions | PlatformManner,
  by: 'driver' | 'engine',
  wanted: readonly Expectation[] = [],
): Report {
  const touch =
    by === 'driver' ? step('read', 'imp', { length: 4096 }) : step('dmaRead', 'imp', { mapping: 'a', length: 4096 })
  const scenario: Scenario = {
    title: 'a read during a reset',
    devices: { disk: { at: at('disk'), driver: 'vfio-pci' }, card: { at: at('card'), driver: 'probe' } },
    actors: [
      {
        name: 'vmm',
        process: 'vmm',
        steps: [
          step('open', 'disk', {}, 'vmm'),
          step('export', 'vmm', { bar: 0 }, 'buf'),
          step('import', 'buf', { on: 'card' }, 'imp'),
          step('map', 'imp', { key: 'a' }),
          step('reset', 'vmm'),
        ],
      },
      {
        name: 'card-user',
        process: 'vmm',
        steps: [
          step('wait', 'buf', { until: 'revoked' }),
          step('sleep', '', { ticks: 20_000 }),
          by === 'driver' ? { ...touch, expect: ['error', 'ENODEV'] } : touch,
        ],
      },
    ],
    expect: wanted,
  }
  const system = compose({ topology, plugins: [sim(), vfioPci(), probe(), hazard(manner)] })
  return runScenario(system, scenario, { seed: 1 })
}

const invariants = (report: Report): readonly string[] => [...new Set(report.violations.map((one) => one.invariant))]

describe('HAZ-2: a read during a reset', () => {
  test('HAZ-2: an importer that let go reads nothing, and a poor platform stays up', () => {
    const report = story('poor', 'driver')
    expect([report.verdict, report.violations]).toEqual(['pass', []])
  })

  test('HAZ-2: an engine that goes on takes a poor platform down', () => {
    const report = story('poor', 'engine')
    expect(report.verdict).toBe('fail')
    expect(invariants(report)).toEqual(['INV-14', 'INV-1'])
    expect(report.violations.at(-1)).toMatchObject({ invariant: 'INV-14', rule: 'HAZ-2' })
    expect(report.violations.at(-1)?.message).toMatch(/^machine check: card read 4096 bytes/)
    expect(report.outcomes.at(-1)?.result).toMatchObject({ kind: 'not-reached' })
    expect(report.outcomes.find((one) => one.text.startsWith('reset'))?.result).toMatchObject({ kind: 'not-reached' })
  })

  test('HAZ-2: on a good one it gets all ones after a timeout, and the reset goes on', () => {
    const report = story('good', 'engine')
    expect(report.outcomes.find((one) => one.text.startsWith('reset'))?.result).toMatchObject({ kind: 'ok' })
    const { started = 0, ended = 0 } = report.outcomes.at(-1) ?? {}
    expect(ended - started).toBeGreaterThanOrEqual(50_000)
    const landings = report.events.flatMap((event) => (event.kind === 'dma' ? [[event.arrived, event.landing]] : []))
    expect(landings).toEqual([[false, 'disk BAR 0 + 0x0, silent']])
    expect(invariants(report)).toEqual(['INV-14', 'INV-1'])
  })

  test('TRG-21: the whole reset lies within the revoke, so that nothing is read however long it takes', () => {
    const kinds = story('poor', 'driver').events.flatMap((event) => {
      if (event.kind === 'state') return [event.state]
      return event.kind === 'dark' || event.kind === 'light' ? [event.kind] : []
    })
    // The first dark and light are of the reset when the device is opened.
    const told = kinds.slice(kinds.indexOf('revoked'), kinds.lastIndexOf('live') + 1)
    expect(told).toEqual(['revoked', 'dark', 'dark', 'dark', 'light', 'live'])
  })
})

describe('P2P-12: export on a machine without struct pages', () => {
  test.each([
    [[], 'ok'],
    [['SW-KCONFIG-STRICT'], 'ENOTTY'],
  ] as const)('P2P-12: with the switches %j it ends with %s', (switches, result) => {
    const scenario: Scenario = {
      title: 'an export',
      devices: { disk: { at: at('disk'), driver: 'vfio-pci' } },
      actors: [{ name: 'vmm', steps: [step('open', 'disk', {}, 'vmm'), step('export', 'vmm', { bar: 0 }, 'buf')] }],
      expect: [],
    }
    const plugins = [sim(), vfioPci(), noPgmap({ arch: 'sparc64' })]
    const report = runScenario(compose({ topology, plugins, facts: { switches } }), scenario, { seed: 1 })
    const last = report.outcomes.at(-1)?.result
    expect(last?.kind === 'errno' ? last.errno : last?.kind).toBe(result)
  })
})
