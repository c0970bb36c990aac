/** Two threads that a driver makes in one step know the same, and are no copies of each other for that: they may do different things. */
import { compose, type Importer, KERNEL, type Plugin, type Scenario, type Step, waitFor } from '@barter/core'
import { depthFirst, dpor, explorableOf } from '@barter/explore'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { sim } from '@barter/sim'
import { describe, expect, test } from 'vitest'
import { oneSwitch } from '../../bench/models/one-switch.js'

const { topology, names } = oneSwitch(['card'])
const SUPPORTS = { dynamic: true, peer2peer: true, invalidate: true, pins: false, restartable: true }

/** Each access makes two workers at once; it ends as the one says that came last. */
const twoWorkers: Plugin = {
  name: 'importer-two-workers',
  apply: ({ hooks }) => {
    hooks.importer.for('card').tap('importer-two-workers', (run): Importer => {
      const kernel = run.get(KERNEL)
      return {
        driver: 'card',
        supports: SUPPORTS,
        *probe() {},
        *import(device) {
          return {
            *access() {
              let last = 'nobody'
              const worker = (name: string) =>
                kernel.spawn(`${name} of ${device.name}`, function* () {
                  last = name
                })
              for (const { ended } of [worker('reader'), worker('writer')]) yield* waitFor(ended, 'a worker')
              return { ok: true, status: 'success', data: new TextEncoder().encode(last) }
            },
            *close() {},
          }
        },
      }
    })
  },
}

const bdf = (name: string) => names.get(name) ?? expect.fail(`there is no ${name}`)
const steps: readonly Step[] = [
  { verb: 'open', target: 'nvme', args: {} },
  { verb: 'export', target: 'nvme', args: { bar: 0 }, as: 'buf' },
  { verb: 'import', target: 'buf', args: { on: 'card' }, as: 'mr' },
  { verb: 'read', target: 'mr', args: { length: 64 } },
]
const scenario: Scenario = {
  title: 'two workers of one step',
  devices: { nvme: { at: bdf('nvme'), driver: 'vfio-pci' }, card: { at: bdf('card'), driver: 'card' } },
  actors: [{ name: 'user', steps }],
  expect: [],
}

describe('two workers that one step makes', () => {
  const subject = explorableOf(compose({ topology, plugins: [sim(), vfioPci(), twoWorkers] }), scenario)

  test.each([
    ['states', () => depthFirst(subject, { match: true, outcomes: true })],
    ['states, from the code', () => depthFirst(subject, { match: true, remember: false, outcomes: true })],
    [
      'states, no reductions',
      () => depthFirst(subject, { match: true, sleep: false, joins: false, singles: false, outcomes: true }),
    ],
    ['dpor', () => dpor(subject, { outcomes: true })],
  ])('%s: either comes last', (_, search) => {
    const { complete, outcomes } = search()
    expect(complete).toBe(true)
    expect([...outcomes.keys()].map((text) => /reader|writer/.exec(text)?.[0]).sort()).toEqual(['reader', 'writer'])
  })
})
