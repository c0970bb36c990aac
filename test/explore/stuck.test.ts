/** A step that does not return from the kernel is found in every order, even if no invariant says whose fault it is. */
import {
  type Actor,
  type Attachment,
  type Expectation,
  type Fence,
  KERNEL,
  type Step,
  UNMET,
  waitFor,
} from '@barter/core'
import { explore, type ExploreOptions } from '@barter/explore'
import { describe, expect, test } from 'vitest'
import { cardDriver, cardHouse, cardStory, named, step } from './card-house.ts'

/** Told to let go, it waits until user space closes. */
const waitsForUser = cardDriver('importer-waits-for-user', (run) => {
  const kernel = run.get(KERNEL)
  return {
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

const lend = [step('open', 'nvme'), named('buf', step('export', 'nvme', { bar: 0 }))]
const use: readonly Step[] = [
  { ...named('mr', step('import', 'buf', { on: 'card' })), expect: ['ok', 'ENODEV'] },
  step('write', 'mr', { length: 64 }),
]
const close = [step('wait', 'vmm', { until: 'done' }), step('close', 'mr')]

const explored = (actors: readonly Actor[], expected: readonly Expectation[], options: ExploreOptions = {}) =>
  explore(cardHouse(waitsForUser), cardStory('a callback that waits for user space', actors, expected), options)

const user: Actor = { name: 'user', steps: [...use, ...close] }
const FINISH: readonly Expectation[] = [{ kind: 'no-violation' }, { kind: 'all-finish' }]

describe('a callback that waits for user space', () => {
  test.each(['states', 'dpor', 'random'] as const)('%s: a step that does not end is found', (strategy) => {
    const vmm: Actor = { name: 'vmm', steps: [...lend, step('reset', 'nvme'), step('sleep', '', { ticks: 1 })] }
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
