/** A completion that is armed again: a waiter and a completer meet the current round. */
import { KERNEL, point } from '@barter/core'
import { dpor, explorableOf } from '@barter/explore'
import { expect, test } from 'vitest'
import { cardDriver, cardHouse, cardStory, named, step } from './card-house.ts'

/** A write completes a round and begins the next; a read waits. */
const inRounds = cardDriver('importer-in-rounds', (run) => {
  const round = run.get(KERNEL).completion('round')
  return {
    tellsWhatItTouches: true,
    *import() {
      return {
        *access({ access }) {
          if (access === 'read') yield* round.wait('the end of a round')
          else {
            round.complete()
            yield* point('completed')
            round.rearm()
          }
          return { ok: true, status: 'success' }
        },
        *close() {},
      }
    },
  }
})

const use = (word: string, as: string) => [
  named(as, step('import', 'buf', { on: 'card' })),
  step(word, as, { length: 1 }),
]

test.each([
  ['waited for', 'read'],
  ['completed', 'write'],
])('which round is %s is told', (_what, word) => {
  const scenario = cardStory('rounds', [
    { name: 'vmm', steps: [step('open', 'nvme'), named('buf', step('export', 'nvme', { bar: 0 }))] },
    { name: 'one', steps: use('write', 'first') },
    { name: 'other', steps: use(word, 'second') },
  ])
  const { found, schedules } = dpor(explorableOf(cardHouse(inRounds), scenario), { schedules: 2 })
  expect([found, schedules]).toEqual([[], 2])
})
