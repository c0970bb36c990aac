/** A disk that lends, a card beside it below the same switch, and a card below another root port. */
import {
  type AcsSpec,
  type Attachment,
  buildTopology,
  BUS,
  compose,
  type HostBridgeSpec,
  type Importer,
  type Op,
  type Plugin,
  type Scenario,
  type Scope,
  type Step,
} from '@barter/core'
import { runScenario } from '@barter/sim'
import { expect } from 'vitest'
import { mapResource } from '../src/index.ts'

export interface House {
  readonly acs?: AcsSpec
  readonly hostBridge?: Partial<HostBridgeSpec>
  readonly intel?: boolean
  readonly dmaMaskBits?: number
  /** Attaches with these. */
  readonly user?: { readonly peer2peer: boolean; readonly invalidate: boolean }
}

const card = (endpoint: string, dmaMaskBits = 64) => ({
  endpoint,
  dmaMaskBits,
  bars: [{ index: 0, length: '64 KiB', kind: 'mem32' as const }],
})

const house = ({ acs = 'off', hostBridge = {}, intel = false, dmaMaskBits }: House) =>
  buildTopology({
    cpu: intel ? { vendor: 'GenuineIntel', family: 6 } : { vendor: 'AuthenticAMD', family: 0x17 },
    memory: [{ start: 0, length: '1 GiB' }],
    hostBridges: [
      {
        id: intel ? '8086:1237' : '1022:1450',
        windows: [{ start: '0x80000000', length: '256 MiB' }],
        ...hostBridge,
        devices: [
          {
            rootPort: 'root',
            acs,
            below: [
              {
                switch: 'switch',
                ports: [
                  { acs, below: [{ endpoint: 'disk', bars: [{ index: 0, length: '1 MiB', kind: 'mem32' }] }] },
                  { acs, below: [card('card', dmaMaskBits)] },
                ],
              },
            ],
          },
          { rootPort: 'other', acs, below: [card('far')] },
        ],
      },
    ],
  })

/** Maps at once, and unmaps when it is told. */
const user = (manners: NonNullable<House['user']>): Plugin => ({
  name: 'user',
  apply: ({ hooks }) => {
    hooks.importer.for('user').tap('user', (run) => importer(run, manners))
  },
})

function importer(run: Scope, { peer2peer, invalidate }: NonNullable<House['user']>): Importer {
  const bus = run.get(BUS)
  return {
    driver: 'user',
    supports: { dynamic: true, peer2peer, invalidate, pins: false, restartable: false },
    *probe() {
      // Nothing to set up.
    },
    *import(device, buffer) {
      const letGo = {
        *invalidate(from: Attachment): Op<void> {
          if (from.table !== null) yield* from.unmap(from.table, 'bidirectional')
        },
      }
      const attachment = yield* buffer.attach(device, { peer2peer, ...(invalidate ? letGo : {}) })
      buffer.get()
      yield* buffer.resv.lock.lock()
      try {
        yield* attachment.map('bidirectional')
      } finally {
        buffer.resv.lock.unlock()
      }
      return {
        *access({ access, length, data }) {
          const { table } = attachment
          if (table === null) return { ok: false, status: 'not mapped' }
          const at = table.entries[0]?.address ?? expect.fail('an entry')
          const packet = { from: device, access, at, length, mapping: table.mapping }
          const { arrived, route } = yield* bus.dma(data === undefined ? packet : { ...packet, data })
          return { ok: arrived, status: arrived ? 'success' : route.why }
        },
        *close() {
          yield* buffer.resv.lock.lock()
          if (attachment.table !== null) yield* attachment.unmap(attachment.table, 'bidirectional')
          buffer.resv.lock.unlock()
          yield* buffer.detach(attachment)
          buffer.put()
        },
      }
    },
  }
}

export function play(steps: readonly Step[], options: House = {}) {
  const { topology, names } = house(options)
  const { user: manners = { peer2peer: true, invalidate: true } } = options
  const system = compose({ topology, plugins: [mapResource(), user(manners)] })
  const at = (name: string) => names.get(name) ?? expect.fail(`no ${name}`)
  const drivers = { disk: 'vfio-pci-map-resource', card: 'user', far: 'user' }
  const scenario: Scenario = {
    title: 'a test',
    devices: Object.fromEntries(Object.entries(drivers).map(([name, driver]) => [name, { at: at(name), driver }])),
    actors: [{ name: 'user', steps }],
    expect: [],
  }
  const report = runScenario(system, scenario, { seed: 1 })
  return {
    report,
    /** Each step in a word: `ok`, an errno, `error`. */
    ends: report.outcomes.map(({ result }) => (result.kind === 'errno' ? result.errno : result.kind)),
    invariants: report.violations.map(({ invariant }) => invariant),
    map: report.events.find((event) => event.kind === 'map'),
    bar: topology.get(at('disk')).bars[0] ?? expect.fail('a BAR'),
  }
}

export const step = (verb: string, target: string, args: Step['args'] = {}, as?: string): Step =>
  as === undefined ? { verb, target, args } : { verb, target, args, as }
