import { expect } from 'vitest'
import {
  type Actor,
  buildTopology,
  compose,
  type Generation,
  type Outcome,
  type Plugin,
  type Report,
  type Scenario,
  type Step,
  type System,
  type TopologySpec,
} from '@barter/core'
import { lender, step } from '@barter/conformance'
import { runScenario, seededStrategy, sim } from '@barter/sim'
import { rdma, type RdmaOptions } from '../src/index.ts'

/** An NVMe drive and a NIC below one switch, a second NIC on a root port of its own. */
const spec: TopologySpec = {
  hostBridges: [
    {
      devices: [
        {
          rootPort: 'rp0',
          below: [
            {
              switch: 'sw',
              ports: [
                { below: [{ endpoint: 'nvme', bars: [{ index: 0, length: '64 KiB', kind: 'mem64' }] }] },
                { below: [{ endpoint: 'nic', class: 'nic' }] },
              ],
            },
          ],
        },
        { rootPort: 'rp1', below: [{ endpoint: 'far', class: 'nic' }] },
      ],
    },
  ],
}

const { topology, names } = buildTopology(spec)

export interface House extends RdmaOptions {
  readonly switches?: readonly string[]
  readonly plugins?: readonly Plugin[]
  readonly generation?: Generation
  /** Of both NICs. */
  readonly driver?: 'mlx5' | 'mlx5-data-direct' | 'irdma'
}

export const systemOf = ({ switches = [], plugins = [], generation = 'G2', ...options }: House = {}): System =>
  compose({ topology, plugins: [sim(), lender(), rdma(options), ...plugins], facts: { switches, generation } })

export { step }

export const lend = [step('open', 'nvme'), step('export', 'nvme', { bar: 0, as: 'buf' })]

/** The actors share one process, so that they name each other's things. */
export function scenarioOf(
  actors: Readonly<Record<string, readonly Step[]>>,
  driver: House['driver'] = 'mlx5',
): Scenario {
  const at = (name: string) => names.get(name) ?? expect.fail(name)
  return {
    title: 'a test',
    devices: {
      nvme: { at: at('nvme'), driver: 'lender' },
      nic: { at: at('nic'), driver },
      far: { at: at('far'), driver },
    },
    actors: Object.entries(actors).map(([name, steps]): Actor => ({ name, steps, process: 'qemu' })),
    expect: [{ kind: 'no-violation' }, { kind: 'all-finish' }],
  }
}

export const run = (actors: Readonly<Record<string, readonly Step[]>>, house: House = {}, seed = 1): Report =>
  runScenario(systemOf(house), scenarioOf(actors, house.driver), { seed })

/** The same story under many schedules, one a seed from 1 on. */
export function explore(
  actors: Readonly<Record<string, readonly Step[]>>,
  { runs, ...house }: House & { readonly runs: number },
): readonly Report[] {
  const system = systemOf(house)
  const scenario = scenarioOf(actors, house.driver)
  return Array.from({ length: runs }, (_, i) => {
    const strategy = seededStrategy(i + 1, { keep: 0.4 })
    strategy.newRun()
    return runScenario(system, scenario, { seed: i + 1, strategy })
  })
}

/** `nic: write mr, length 4 KiB -> ok`, a line an outcome. */
export const told = (report: Report): string[] =>
  report.outcomes.map((outcome) => `${outcome.text} -> ${ending(outcome)}`)

export function ending({ result }: Outcome): string {
  if (result.kind === 'ok') return typeof result.value === 'string' ? result.value : 'ok'
  if (result.kind === 'errno') return `${result.errno} ${result.rule}`
  if (result.kind === 'error') return [result.status, result.errno, result.rule].filter(Boolean).join(', ')
  return result.kind
}

/** What the judge found, by invariant, and who never came back. */
export const faults = (report: Report): string[] => [
  ...report.violations.map((violation) => `${violation.invariant} ${violation.message}`),
  ...report.outcomes.filter(({ result }) => result.kind === 'blocked').map((one) => `blocked: ${one.text}`),
]
