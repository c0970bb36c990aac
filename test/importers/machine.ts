/** Importers of all drivers on the real exporter: over a switch, over the host bridge, and with an IOMMU in between. */
import {
  type Actor,
  buildTopology,
  compose,
  type EndpointSpec,
  type Expected,
  type Outcome,
  type Plugin,
  type Report,
  type Scenario,
  type Step,
  type StepValue,
  type System,
} from '@barter/core'
import { vfioPci, type VfioPciOptions } from '@barter/exporter-vfio-pci'
import { drm, type DrmOptions } from '@barter/importer-drm'
import { rdma } from '@barter/importer-rdma'
import { iommu } from '@barter/platform-iommu'
import { runScenario, seededStrategy, sim } from '@barter/sim'
import { expect } from 'vitest'

export const PATHS = ['switch', 'host bridge', 'iommu'] as const
export type Path = (typeof PATHS)[number]

const importer: EndpointSpec = { endpoint: 'importer', class: 'gpu' }
const nvme: EndpointSpec = { endpoint: 'nvme', class: 'nvme', bars: [{ index: 0, length: '64 KiB', kind: 'mem64' }] }

/** The importer beside the drive below one switch, or below a root port of its own. */
const builtOf = (path: Path) =>
  buildTopology({
    // Its root complex is one that forwards between root ports.
    cpu: { vendor: 'AuthenticAMD', family: 0x17 },
    hostBridges: [
      {
        devices: [
          {
            rootPort: 'rp0',
            below: [
              {
                switch: 'sw',
                ports: [{ below: [nvme] }, ...(path === 'switch' ? [{ below: [importer] }] : [])],
              },
            ],
          },
          { rootPort: 'rp1', below: path === 'switch' ? [] : [importer] },
        ],
      },
    ],
  })

const BUILT = { switch: builtOf('switch'), 'host bridge': builtOf('host bridge'), iommu: builtOf('iommu') }

export interface House {
  readonly driver: string
  readonly path?: Path
  readonly vfio?: VfioPciOptions
  readonly drm?: DrmOptions
  readonly plugins?: readonly Plugin[]
}

export const systemOf = ({ path = 'switch', vfio = {}, drm: gpus = {}, plugins = [] }: House): System =>
  compose({
    topology: BUILT[path].topology,
    plugins: [
      sim(),
      vfioPci(vfio),
      rdma(),
      drm(gpus),
      ...(path === 'iommu' ? [iommu({ strict: true })] : []),
      ...plugins,
    ],
  })

type Words = { readonly as?: string; readonly expect?: readonly Expected[] } & Readonly<Record<string, StepValue>>
type Actors = Readonly<Record<string, readonly Step[]>>

export function step(verb: string, target: string, { as, expect: wanted, ...args }: Words = {}): Step {
  return {
    verb,
    target,
    args,
    ...(as === undefined ? {} : { as }),
    ...(wanted === undefined ? {} : { expect: wanted }),
  }
}

/** The actors share one process, so that they name each other's things. */
export function scenarioOf(actors: Actors, { driver, path = 'switch' }: House): Scenario {
  const at = (name: string) => BUILT[path].names.get(name) ?? expect.fail(name)
  return {
    title: `${driver} over ${path}`,
    devices: { nvme: { at: at('nvme'), driver: 'vfio-pci' }, importer: { at: at('importer'), driver } },
    actors: Object.entries(actors).map(([name, steps]): Actor => ({ name, steps, process: 'qemu' })),
    expect: [{ kind: 'no-violation' }, { kind: 'all-finish' }],
  }
}

export const run = (actors: Actors, house: House): Report =>
  runScenario(systemOf(house), scenarioOf(actors, house), { seed: 1 })

/** The same story under many schedules, one a seed from 1 on. */
export function explore(actors: Actors, { runs, ...house }: House & { readonly runs: number }): readonly Report[] {
  const system = systemOf(house)
  const scenario = scenarioOf(actors, house)
  return Array.from({ length: runs }, (_, i) => {
    const strategy = seededStrategy(i + 1, { keep: 0.4 })
    strategy.newRun()
    return runScenario(system, scenario, { seed: i + 1, strategy })
  })
}

export function ending({ result }: Outcome): string {
  if (result.kind === 'errno') return `${result.errno} ${result.rule}`
  return result.kind === 'error' ? result.status : result.kind
}

/** What went wrong, with the seed that shows it: violations, steps that did not return or ended otherwise than they may. */
export const faults = (report: Report): string[] => [
  ...report.violations.map(({ invariant, message }) => `seed ${report.seed}: ${invariant} ${message}`),
  ...report.outcomes
    .filter(({ met }) => !met)
    .map((outcome) => `seed ${report.seed}: ${outcome.actor}: ${outcome.text}: ${ending(outcome)}`),
]

/** A callback ran while something was mapped. */
export const wasCaught = ({ events }: Report): boolean =>
  events.some((event) => event.kind === 'invalidate' && event.mapped)

/** A mapping was made after a revoke was over, and a packet went through. */
export const worksAgain = ({ events }: Report): boolean => {
  const revoked = events.findIndex((event) => event.kind === 'state' && event.state === 'revoked')
  if (revoked < 0) return false
  const after = events.slice(revoked)
  const remapped = after.findIndex((event) => event.kind === 'map' && event.errno === undefined)
  return remapped >= 0 && after.slice(remapped).some((event) => event.kind === 'dma' && event.arrived)
}
