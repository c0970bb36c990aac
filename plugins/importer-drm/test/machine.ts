import { expect } from 'vitest'
import {
  type Actor,
  buildTopology,
  compose,
  type Errno,
  type Generation,
  type Outcome,
  type Plugin,
  type Report,
  type Scenario,
  type Step,
  type StepValue,
  type System,
  type TopologySpec,
} from '@barter/core'
import { lender, step } from '@barter/conformance'
import { runScenario, seededStrategy, sim } from '@barter/sim'
import { drm, type DrmOptions } from '../src/index.ts'

/** An NVMe drive and two GPUs below one switch, a third GPU on a root port of its own. */
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
                { below: [{ endpoint: 'gpu', class: 'gpu' }] },
                { below: [{ endpoint: 'gpu2', class: 'gpu' }] },
              ],
            },
          ],
        },
        { rootPort: 'rp1', below: [{ endpoint: 'far', class: 'gpu' }] },
      ],
    },
  ],
}

const { topology, names } = buildTopology(spec)

export interface House extends DrmOptions {
  readonly switches?: readonly string[]
  readonly plugins?: readonly Plugin[]
  readonly generation?: Generation
  /** Of all GPUs. */
  readonly driver: 'amdgpu' | 'xe' | 'virtio-gpu' | 'prime'
  /** The lender takes static attachments, as no exporter that revokes should. */
  readonly admitStatic?: boolean
}

export const systemOf = ({
  switches = [],
  plugins = [],
  generation = 'G2',
  admitStatic = false,
  ...options
}: Omit<House, 'driver'>): System =>
  compose({
    topology,
    plugins: [sim(), lender({ admits: admitStatic ? 'any' : 'revocable' }), drm(options), ...plugins],
    facts: { switches, generation },
  })

export { step }

export const lend = [step('open', 'nvme'), step('export', 'nvme', { bar: 0, as: 'buf' })]

/** The actors share one process, so that they name each other's things. */
export function scenarioOf(actors: Readonly<Record<string, readonly Step[]>>, driver: House['driver']): Scenario {
  const at = (name: string) => names.get(name) ?? expect.fail(name)
  return {
    title: 'a test',
    devices: {
      nvme: { at: at('nvme'), driver: 'lender' },
      gpu: { at: at('gpu'), driver },
      gpu2: { at: at('gpu2'), driver },
      far: { at: at('far'), driver },
    },
    actors: Object.entries(actors).map(([name, steps]): Actor => ({ name, steps, process: 'qemu' })),
    expect: [{ kind: 'no-violation' }, { kind: 'all-finish' }],
  }
}

export const run = (actors: Readonly<Record<string, readonly Step[]>>, house: House, seed = 1): Report =>
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

/** How the steps behind the two that lend ended. */
export const endings = (report: Report): string[] => report.outcomes.slice(2).map(ending)

/** What the steps of a verb gave, in order. */
export const given = (report: Report, verb: string): (StepValue | undefined)[] =>
  report.outcomes.flatMap(({ text, result }) =>
    text.startsWith(`${verb} `) && result.kind === 'ok' ? [result.value] : [],
  )

/** Steps of callbacks, as `gpu: gut`. */
export const protocol = (report: Report): string[] =>
  report.events.flatMap((event) => (event.kind === 'protocol' ? [`${event.subject}: ${event.name}`] : []))

/** Order of the named things that happened: unmaps, fences that were waited for, states of the buffer. */
export const happened = (report: Report): string[] =>
  report.events.flatMap((event) => {
    if (event.kind === 'unmap') return [`unmap by ${event.task}`]
    if (event.kind === 'invalidate') return [event.mapped ? 'invalidate mapped' : 'invalidate']
    if (event.kind === 'state') return [event.state]
    return event.kind === 'note' ? [event.text] : []
  })

/** How long a step took, in ticks. */
export function duration(report: Report, text: string): number {
  const { started = 0, ended = 0 } = report.outcomes.find((one) => one.text === text) ?? expect.fail(text)
  return ended - started
}

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

/** Fails a named place, always. */
export const failing = (place: string, errno: Errno): Plugin => ({
  name: 'failing',
  apply: ({ hooks }) => {
    hooks.fault.tap('failing', ({ point }) => (point === place ? errno : undefined))
  },
})
