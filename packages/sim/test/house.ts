/** A machine for the tests of the session: a disk whose BAR is lent, and two cards below the same switch. */
import {
  type Actor,
  buildTopology,
  compose,
  type Expectation,
  type Expected,
  type Outcome,
  type Report,
  type Scenario,
  type Step,
  type StepValue,
} from '@barter/core'
import { runScenario, sim } from '../src/index.ts'
import { borrower } from './borrower.ts'
import { type Clumsy, lender } from './lender.ts'

const { topology, names } = buildTopology({
  hostBridges: [
    {
      id: '8086:29c0',
      devices: [
        {
          rootPort: 'rp',
          below: [
            {
              switch: 'sw',
              ports: ['disk', 'nic', 'gpu'].map((endpoint) => ({
                port: `to-${endpoint}`,
                below: [{ endpoint, bars: [{ index: 0, length: '64 KiB', kind: 'mem64' as const }] }],
              })),
            },
          ],
        },
      ],
    },
  ],
})

const DRIVERS = { disk: 'lender', nic: 'borrower', gpu: 'borrower' }

export interface Story {
  readonly actors: Readonly<Record<string, readonly Step[]>>
  /** Process of an actor, unless it is one of its own. */
  readonly process?: Readonly<Record<string, string>>
  readonly expect?: readonly Expectation[]
  readonly drivers?: Readonly<Record<string, string>>
}

export function scenarioOf({ actors, process = {}, expect = [], drivers = DRIVERS }: Story): Scenario {
  return {
    title: 'a test',
    devices: Object.fromEntries(
      Object.entries(drivers).map(([name, driver]) => {
        const at = names.get(name)
        if (at === undefined) throw new Error(`no ${name} in the test machine`)
        return [name, { at, driver }]
      }),
    ),
    actors: Object.entries(actors).map(([name, steps]): Actor => {
      const of = process[name]
      return { name, steps, ...(of === undefined ? {} : { process: of }) }
    }),
    expect,
  }
}

export const systemOf = (clumsy: readonly Clumsy[] = []) =>
  compose({ topology, plugins: [sim(), lender(clumsy), borrower()] })

const system = systemOf()

export interface TellOptions {
  readonly seed?: number
  readonly clumsy?: readonly Clumsy[]
  readonly limit?: number
  readonly quiet?: boolean
}

export function tell(story: Story, { seed = 1, clumsy, limit, quiet }: TellOptions = {}): Report {
  const on = clumsy === undefined ? system : systemOf(clumsy)
  return runScenario(on, scenarioOf(story), {
    seed,
    ...(limit === undefined ? {} : { limit }),
    ...(quiet === undefined ? {} : { quiet }),
  })
}

type Words = { readonly as?: string; readonly expect?: Expected | readonly Expected[] } & Readonly<
  Record<string, StepValue>
>

/** `step('export', 'disk', { bar: 0, as: 'buf' })` */
export function step(verb: string, target: string | number, { as, expect, ...args }: Words = {}): Step {
  const expected: readonly Expected[] | undefined = typeof expect === 'string' ? [expect] : expect
  return {
    verb,
    target: String(target),
    args,
    ...(as === undefined ? {} : { as }),
    ...(expected === undefined ? {} : { expect: expected }),
  }
}

/** `vmm: open disk -> ok`, a line an outcome. */
export const told = (report: Report): string[] =>
  report.outcomes.map((outcome) => `${outcome.actor}: ${outcome.text} -> ${ending(outcome)}`)

function ending({ result }: Outcome): string {
  switch (result.kind) {
    case 'ok':
      return typeof result.value === 'string' ? result.value : 'ok'
    case 'errno':
      return result.errno
    case 'error':
      return `error ${result.status}${result.errno === undefined ? '' : ` ${result.errno}`}`
    case 'blocked':
      return `blocked on ${result.on}`
    case 'signal':
      return result.signal
    default:
      return `${result.kind}: ${result.why ?? ''}`
  }
}
