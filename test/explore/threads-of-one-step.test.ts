/** Two threads that a driver makes in one step know the same, and yet are not copies: they may do different things. */
import { KERNEL, waitFor } from '@barter/core'
import { depthFirst, dpor, explorableOf } from '@barter/explore'
import { describe, expect, test } from 'vitest'
import { cardDriver, cardHouse, cardStory, named, step } from './card-house.ts'

/** Each access makes two workers at once; it ends as the one says that came last. */
const twoWorkers = cardDriver('importer-two-workers', (run) => {
  const kernel = run.get(KERNEL)
  return {
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

const steps = [
  step('open', 'nvme'),
  named('buf', step('export', 'nvme', { bar: 0 })),
  named('mr', step('import', 'buf', { on: 'card' })),
  step('read', 'mr', { length: 64 }),
]
const scenario = cardStory('two workers of one step', [{ name: 'user', steps }])

describe('two workers that one step makes', () => {
  const subject = explorableOf(cardHouse(twoWorkers), scenario)

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
