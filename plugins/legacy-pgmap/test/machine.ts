/** Three devices below one switch, two of which have memory to lend, and one below another root port. */
import {
  type AcsSpec,
  buildTopology,
  BUS,
  compose,
  type Device,
  type FactsChange,
  type Importer,
  KernelError,
  type Plugin,
  type Scenario,
  type Scope,
  type Step,
  type TopologySpec,
} from '@barter/core'
import { runScenario, simulate } from '@barter/sim'
import { expect } from 'vitest'
import { P2P_MEMORY, pgmap, type PgmapOptions } from '../src/index.ts'

export interface House extends PgmapOptions {
  readonly acs?: AcsSpec
  /** Id of the host bridge; the CPU is an Intel one then. */
  readonly hostBridge?: string
  readonly facts?: FactsChange
  readonly seed?: number
}

const spec = ({ acs = 'off', hostBridge }: House): TopologySpec => ({
  cpu: hostBridge === undefined ? { vendor: 'AuthenticAMD', family: 0x17 } : { vendor: 'GenuineIntel', family: 6 },
  memory: [{ start: 0, length: '1 GiB' }],
  hostBridges: [
    {
      id: hostBridge ?? '1022:1450',
      windows: [
        { start: '0x80000000', length: '256 MiB' },
        { start: '0x4000000000', length: '1 TiB' },
      ],
      devices: [
        {
          rootPort: 'root',
          acs,
          below: [
            {
              switch: 'switch',
              ports: [
                {
                  acs,
                  below: [
                    {
                      endpoint: 'store',
                      bars: [
                        { index: 0, length: '1 MiB', kind: 'mem32' },
                        { index: 2, length: '16 MiB', kind: 'mem64pref' },
                      ],
                    },
                  ],
                },
                { acs, below: [{ endpoint: 'card', bars: [{ index: 0, length: '128 GiB', kind: 'mem64pref' }] }] },
                { acs, below: [{ endpoint: 'nic', bars: [{ index: 0, length: '64 KiB' }] }] },
              ],
            },
          ],
        },
        { rootPort: 'other', acs, below: [{ endpoint: 'far', bars: [{ index: 0, length: '2 MiB' }] }] },
      ],
    },
  ],
})

/** Attaches without operations, maps at once, and lets go only when it is closed. */
const user: Plugin = {
  name: 'user',
  apply: ({ hooks }) => {
    hooks.importer.for('user').tap('user', importer)
  },
}

function importer(run: Scope): Importer {
  const bus = run.get(BUS)
  return {
    driver: 'user',
    supports: { dynamic: false, peer2peer: true, invalidate: false, pins: false, restartable: false },
    *probe() {
      // Nothing to set up.
    },
    *import(device, buffer) {
      buffer.get()
      const attachment = yield* buffer.attach(device)
      yield* buffer.resv.lock.lock()
      try {
        yield* attachment.map('bidirectional')
      } catch (error) {
        buffer.resv.lock.unlock()
        yield* buffer.detach(attachment)
        buffer.put()
        throw error
      }
      buffer.resv.lock.unlock()
      const table = attachment.table ?? expect.fail('mapped')
      return {
        *access({ access, length, data }) {
          const at = table.entries[0]?.address ?? expect.fail('an entry')
          const packet = { from: device, access, at, length, mapping: table.mapping }
          const { arrived, route } = yield* bus.dma(data === undefined ? packet : { ...packet, data })
          return { ok: arrived, status: arrived ? 'success' : route.why }
        },
        *close() {
          yield* buffer.resv.lock.lock()
          yield* attachment.unmap(table, 'bidirectional')
          buffer.resv.lock.unlock()
          yield* buffer.detach(attachment)
          buffer.put()
        },
      }
    },
  }
}

function composed(house: House) {
  const { topology, names } = buildTopology(spec(house))
  const system = compose({
    topology,
    plugins: [pgmap(house), user],
    ...(house.facts === undefined ? {} : { facts: house.facts }),
  })
  const at = (name: string) => names.get(name) ?? expect.fail(`no ${name}`)
  return { system, at }
}

/** The run's P2P memory, to be asked directly. */
export function memoryOf(house: House = {}) {
  const { system, at } = composed(house)
  const names = new Map(['store', 'card', 'nic', 'far'].map((name) => [at(name), name]))
  const { run, devices, trace } = simulate(system, names, { seed: house.seed ?? 1 }, {})
  const device = (name: string): Device => devices.get(at(name))
  return { memory: run.scope.get(P2P_MEMORY), device, trace, run }
}

/** `store`, `card` and `far` lend, `nic` uses; steps by actor. */
export function play(steps: Readonly<Record<string, readonly Step[]>>, house: House = {}) {
  const { system, at } = composed(house)
  const drivers = { store: 'p2pmem', card: 'p2pmem', far: 'p2pmem', nic: 'user' }
  const scenario: Scenario = {
    title: 'a test',
    devices: Object.fromEntries(Object.entries(drivers).map(([name, driver]) => [name, { at: at(name), driver }])),
    actors: Object.entries(steps).map(([name, own]) => ({ name, steps: own })),
    expect: [],
  }
  return runScenario(system, scenario, { seed: house.seed ?? 1 })
}

export const step = (verb: string, target: string, args: Step['args'] = {}, as?: string): Step =>
  as === undefined ? { verb, target, args } : { verb, target, args, as }

/** `ok`, or errno and rule. */
export function answer(act: () => unknown): string {
  try {
    act()
    return 'ok'
  } catch (error) {
    if (error instanceof KernelError) return `${error.errno} ${error.rule}`
    throw error
  }
}
