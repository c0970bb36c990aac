/** Who does not come back from the kernel is found in each order, also where no invariant says whose fault it is. */
import {
  type Actor,
  type Attachment,
  compose,
  type Expectation,
  type Fence,
  type Importer,
  KERNEL,
  type Plugin,
  type Scenario,
  type Step,
  UNMET,
  waitFor,
} from '@barter/core'
import { explore, type ExploreOptions } from '@barter/explore'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { sim } from '@barter/sim'
import { describe, expect, test } from 'vitest'
import { oneSwitch } from '../../bench/models/one-switch.js'

const { topology, names } = oneSwitch(['card'])
const bdf = (name: string) => names.get(name) ?? expect.fail(`there is no ${name}`)

/** Told to let go, it waits until user space closes. */
const waitsForUser: Plugin = {
  name: 'importer-waits-for-user',
  apply: ({ hooks }) => {
    hooks.importer.for('card').tap('importer-waits-for-user', (run): Importer => {
      const kernel = run.get(KERNEL)
      return {
        driver: 'card',
        supports: { dynamic: true, peer2peer: true, invalidate: true, pins: false, restartable: true },
        *probe() {},
        *import(device, buffer) {
          const closed: Fence = kernel.fence('user closes')
          buffer.get()
          let attachment: Attachment
          try {
            attachment = yield* buffer.attach(device, {
              peer2peer: true,
              *invalidate({ table }) {
                if (table !== null) yield* waitFor(closed, 'close')
              },
            })
          } catch (error) {
            buffer.put()
            throw error
          }
          return {
            *access() {
              yield* buffer.resv.locked(() => attachment.map('bidirectional'))
              return { ok: true, status: 'success' }
            },
            *close() {
              closed.signal()
              yield* buffer.resv.locked(function* () {
                const { table } = attachment
                if (table !== null) yield* attachment.unmap(table, 'bidirectional')
              })
              yield* buffer.detach(attachment)
              buffer.put()
            },
          }
        },
      }
    })
  },
}

const lend: readonly Step[] = [
  { verb: 'open', target: 'nvme', args: {} },
  { verb: 'export', target: 'nvme', args: { bar: 0 }, as: 'buf' },
]
const reset: Step = { verb: 'reset', target: 'nvme', args: {} }
const use: readonly Step[] = [
  { verb: 'import', target: 'buf', args: { on: 'card' }, as: 'mr', expect: ['ok', 'ENODEV'] },
  { verb: 'write', target: 'mr', args: { length: 64 } },
]
const close: readonly Step[] = [
  { verb: 'wait', target: 'vmm', args: { until: 'done' } },
  { verb: 'close', target: 'mr', args: {} },
]

function explored(actors: readonly Actor[], expected: readonly Expectation[], options: ExploreOptions = {}) {
  const scenario: Scenario = {
    title: 'a callback that waits for user space',
    devices: { nvme: { at: bdf('nvme'), driver: 'vfio-pci' }, card: { at: bdf('card'), driver: 'card' } },
    actors,
    expect: expected,
  }
  return explore(compose({ topology, plugins: [sim(), vfioPci(), waitsForUser] }), scenario, options)
}

const user: Actor = { name: 'user', steps: [...use, ...close] }
const FINISH: readonly Expectation[] = [{ kind: 'no-violation' }, { kind: 'all-finish' }]

describe('a callback that waits for user space', () => {
  test.each(['states', 'dpor', 'random'] as const)('%s: a step that does not end is found', (strategy) => {
    const vmm: Actor = { name: 'vmm', steps: [...lend, reset, { verb: 'sleep', target: '', args: { ticks: 1 } }] }
    const { violations } = explored([vmm, user], FINISH, { strategy })
    const [found] = violations
    expect(found?.violation.invariant).toBe(UNMET)
    expect(found?.violation.message).toContain('vmm waits for user closes (close)')
  })

  test('so is the end of a process', () => {
    const [found] = explored([{ name: 'vmm', steps: lend }, user], FINISH).violations
    expect(found?.violation).toMatchObject({
      invariant: UNMET,
      message: 'vmm is through with its steps, and its process does not end: vmm waits for user closes (close)',
    })
  })

  test.each([
    ['somebody is meant to block', [{ kind: 'blocks', actor: 'vmm' }, { kind: 'all-finish' }]],
    ['nobody has to finish', [{ kind: 'no-violation' }]],
  ] as const)('not where %s', (_, expected) => {
    const { coverage, violations } = explored([{ name: 'vmm', steps: lend }, user], expected)
    expect([coverage, violations]).toEqual(['complete', []])
  })
})
