/**
 * Drivers of others whose steps depend on what no step tells: a search that went on would call itself complete and leave
 * orders out. It ends there, and says whose step it was.
 */
import {
  compose,
  type Importer,
  KERNEL,
  type Kernel,
  type Op,
  type Plugin,
  point,
  type Scenario,
  type Step,
} from '@barter/core'
import { depthFirst, DETERMINISM, dpor, explorableOf, exploreSubject } from '@barter/explore'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { sim } from '@barter/sim'
import { describe, expect, test } from 'vitest'
import { oneSwitch } from '../../bench/models/one-switch.js'

const CARDS = ['left', 'right']
const { topology, names } = oneSwitch(CARDS)
const bdf = (name: string) => names.get(name) ?? expect.fail(`there is no ${name}`)

/** What an access does; it ends in an error or not by what this gives. **Shape** `run`: made once for each run. */
type Work = (kernel: Kernel) => () => Op<boolean>

const WORKS: Readonly<Record<string, Work>> = {
  'an engine that all cards share': () => {
    let busy = false
    return function* () {
      if (busy) return false
      busy = true
      yield* point('busy')
      busy = false
      return true
    }
  },
  'a parameter that one card sets and the other reads': () => {
    let limit = 1
    return function* () {
      yield* point('look')
      return limit-- > 0
    }
  },
}

/** As somebody would write it who knows the fields of drivers, and not what an explorer has to hear. */
const cards = (work: Work): Plugin => ({
  name: 'importer-cards',
  apply: ({ hooks }) => {
    hooks.importer.for('card').tap('importer-cards', (run): Importer => {
      const perform = work(run.get(KERNEL))
      return {
        driver: 'card',
        supports: { dynamic: true, peer2peer: true, invalidate: true, pins: false, restartable: true },
        *probe() {},
        *import() {
          return {
            *access() {
              const ok = yield* perform()
              return { ok, status: ok ? 'success' : 'refused' }
            },
            *close() {},
          }
        },
      }
    })
  },
})

const step = (verb: string, target: string, args: Step['args'] = {}): Step => ({ verb, target, args })
const scenario: Scenario = {
  title: 'two cards of one driver',
  devices: {
    nvme: { at: bdf('nvme'), driver: 'vfio-pci' },
    left: { at: bdf('left'), driver: 'card' },
    right: { at: bdf('right'), driver: 'card' },
  },
  actors: [
    { name: 'vmm', steps: [step('open', 'nvme'), { ...step('export', 'nvme', { bar: 0 }), as: 'buf' }] },
    ...CARDS.map((card) => ({
      name: `user of ${card}`,
      steps: [
        { ...step('import', 'buf', { on: card }), as: `mr of ${card}` },
        step('write', `mr of ${card}`, { length: 64 }),
      ],
    })),
  ],
  expect: [],
}
const subjectOf = (work: Work) =>
  explorableOf(compose({ topology, plugins: [sim(), vfioPci(), cards(work)] }), scenario)

describe('a step that depends on', () => {
  test.each(Object.entries(WORKS))('%s', (_, work) => {
    for (const strategy of ['states', 'dpor'] as const) {
      const { coverage, words, violations } = exploreSubject(subjectOf(work), { strategy })
      expect([coverage, words]).toEqual([
        'sampled',
        'sampled (stopped where a step depends on what is not told, 0 schedules)',
      ])
      const [found] = violations.map(({ violation }) => violation)
      expect(found).toMatchObject({ invariant: DETERMINISM, rule: 'decision 8' })
      expect(found?.message).toMatch(/^step \d+, of user of (left|right), depends on what no step tells/)
    }
  })

  test('nothing but what it tells: complete', () => {
    const work: Work = () =>
      function* () {
        yield* point('work')
        return true
      }
    const { words, violations } = exploreSubject(subjectOf(work))
    expect([words, violations]).toEqual(['complete', []])
  })

  test('what all cards share, and tells it: complete, and nothing is lost', () => {
    const work: Work = (kernel) => {
      const shared = kernel.shared('engine of all cards')
      let busy = false
      return function* () {
        shared.readValue(busy ? 1 : 0)
        if (busy) return false
        busy = true
        shared.writeValue(1)
        yield* point('busy')
        busy = false
        shared.writeValue(0)
        return true
      }
    }
    const byStates = depthFirst(subjectOf(work), { match: true, outcomes: true })
    const byRaces = dpor(subjectOf(work), { outcomes: true })
    expect(byStates.complete).toBe(true)
    expect([...byStates.outcomes.keys()].sort()).toEqual([...byRaces.outcomes.keys()].sort())
    expect(byStates.outcomes.size).toBe(3)
  })
})
