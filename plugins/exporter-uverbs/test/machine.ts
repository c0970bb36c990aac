/** A NIC that lends, and a card beside it below one switch that uses. */
import {
  type Actor,
  buildTopology,
  compose,
  type FactsChange,
  type Plugin,
  type Report,
  type Step,
  type StepValue,
} from '@barter/core'
import { runScenario, seededStrategy, sim } from '@barter/sim'
import { expect } from 'vitest'
import { uverbs, type UverbsOptions } from '../src/index.ts'
import { type Manner, users } from './user.ts'

const { topology, names } = buildTopology({
  hostBridges: [
    {
      devices: [
        {
          rootPort: 'rp0',
          below: [
            {
              switch: 'sw',
              ports: [
                {
                  below: [
                    {
                      endpoint: 'nic',
                      class: 'nic',
                      bars: [
                        { index: 0, length: '64 KiB', kind: 'mem64' },
                        { index: 2, length: '64', kind: 'io' },
                      ],
                    },
                  ],
                },
                { below: [{ endpoint: 'card' }] },
              ],
            },
          ],
        },
      ],
    },
  ],
})

export interface House extends UverbsOptions {
  readonly card?: Manner
  readonly facts?: FactsChange
  readonly plugins?: readonly Plugin[]
  readonly seed?: number
}

/** `step('export', 'nic', { bar: 0, as: 'buf' })` */
export function step(verb: string, target: string, { as, ...args }: Readonly<Record<string, StepValue>> = {}): Step {
  return { verb, target, args, ...(typeof as === 'string' ? { as } : {}) }
}

/** The actors share one process, unless they are called `other…`. */
export function play(actors: Readonly<Record<string, readonly Step[]>>, house: House = {}): Report {
  const { card = 'inline', facts = {}, plugins = [], seed = 1, ...options } = house
  const system = compose({ topology, plugins: [sim(), uverbs(options), users(), ...plugins], facts })
  const at = (name: string) => names.get(name) ?? expect.fail(name)
  const strategy = seededStrategy(seed, { keep: 0.4 })
  strategy.newRun()
  const scenario = {
    title: 'a test',
    devices: {
      nic: { at: at('nic'), driver: options.driver ?? 'uverbs' },
      card: { at: at('card'), driver: card },
    },
    actors: Object.entries(actors).map(([name, steps]): Actor => ({
      name,
      steps,
      process: name.startsWith('other') ? name : 'app',
    })),
    expect: [],
  }
  return runScenario(system, scenario, { seed, strategy })
}

/** How each step ended: `ok`, `EINVAL RDMA-18`, the status of a completion in error, or why it hangs. */
export const endings = ({ outcomes }: Report): string[] =>
  outcomes.map(({ result }) => {
    if (result.kind === 'errno') return `${result.errno} ${result.rule}`
    if (result.kind === 'error') return result.status
    return result.kind === 'blocked' ? `blocked on ${result.on}` : result.kind
  })

/** Of one actor. */
export const endingsOf = (report: Report, actor: string): string[] =>
  endings({ ...report, outcomes: report.outcomes.filter((outcome) => outcome.actor === actor) })

export const invariants = ({ violations }: Report): string[] => [
  ...new Set(violations.map(({ invariant }) => invariant)),
]

export const protocol = ({ events }: Report, list: string): string[] =>
  events.flatMap((event) => (event.kind === 'protocol' && event.protocol === list ? [event.name] : []))
