/** Things of one name that belong to no group are told apart by their maker. */
import { KERNEL, point } from '@barter/core'
import { depthFirst, explorableOf } from '@barter/explore'
import { expect, test } from 'vitest'
import { cardDriver, cardHouse, cardStory, named, step } from './card-house.ts'

/** Who writes first wins; who reads is told whether its object did. */
const race = cardDriver('importer-race', (run) => {
  const kernel = run.get(KERNEL)
  const isOver = kernel.shared('whether the race is over')
  let over = 0
  return {
    tellsWhatItTouches: true,
    *import() {
      const place = kernel.shared('place of an object')
      let won = 0
      return {
        *access({ access }) {
          yield* point(access)
          if (access === 'read') {
            place.readValue(won)
            return { ok: won === 1, status: won === 1 ? 'won' : 'lost' }
          }
          isOver.readValue(over)
          if (over === 0) {
            won = 1
            over = 1
            isOver.writeValue(1)
            place.writeValue(1)
          }
          return { ok: true, status: 'success' }
        },
        *close() {},
      }
    },
  }
})

const write = (object: string) => step('write', object, { length: 4 })
const read = (object: string) => step('read', object, { length: 4 })
const waitFor = (actor: string) => step('wait', actor, { until: 'done' })

const scenario = cardStory('a race of two objects of one card', [
  { name: 'vmm', steps: [step('open', 'nvme'), named('buf', step('export', 'nvme', { bar: 0 }))] },
  { name: 'one', steps: [named('first', step('import', 'buf', { on: 'card' })), write('first')] },
  { name: 'two', steps: [named('second', step('import', 'buf', { on: 'card' })), write('second')] },
  { name: 'judge', steps: [waitFor('one'), waitFor('two'), read('first'), read('second')] },
])

test.each([true, false])('steps remembered: %s: either may win', (remember) => {
  const options = { match: true, outcomes: true, remember }
  const { complete, found, outcomes } = depthFirst(explorableOf(cardHouse(race), scenario), options)
  const judged = [...outcomes.keys()].flatMap((all) => all.split('; ').filter((one) => one.startsWith('judge')))
  expect([complete, found]).toEqual([true, []])
  expect(judged.sort()).toEqual(['judge: ok, ok, error (lost), ok', 'judge: ok, ok, ok, error (lost)'])
})
