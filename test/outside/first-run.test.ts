/**
 * Drivers of others that keep something beside the run, as a variable of a module is kept: the first run ever made of them
 * is another than all later ones, which are alike.
 */
import { type Plugin, point } from '@barter/core'
import { DETERMINISM, explorableOf, exploreSubject } from '@barter/explore'
import { describe, expect, test } from 'vitest'
import { cardDriver, cardHouse, cardStory, named, step } from '../explore/card-house.ts'

/** Where it sets what it keeps, and does otherwise when that is set. */
const PLACES = ['makes a driver', 'maps', 'is told to let go'] as const
type Place = (typeof PLACES)[number]

/** As somebody would write it who knows the fields of drivers, and not that runs are held against each other. */
function card(place?: Place): Plugin {
  let seen = false
  const isLater = (here: Place): boolean => {
    if (here !== place) return false
    const before = seen
    seen = true
    return before
  }
  return cardDriver('importer-card', () => {
    const isSlow = isLater('makes a driver')
    return {
      *import(device, buffer) {
        const attachment = yield* buffer.attach(device, {
          peer2peer: true,
          *invalidate(told) {
            if (isLater('is told to let go')) yield* point('again')
            if (told.table !== null) yield* told.unmap(told.table, 'bidirectional')
          },
        })
        buffer.get()
        return {
          access: () =>
            buffer.resv.locked(function* () {
              if (isSlow || isLater('maps')) yield* point('again')
              if (attachment.table === null) yield* attachment.map('bidirectional')
              return { ok: true, status: 'success' }
            }),
          *close() {
            yield* buffer.resv.locked(function* () {
              if (attachment.table !== null) yield* attachment.unmap(attachment.table, 'bidirectional')
            })
            yield* buffer.detach(attachment)
            buffer.put()
          },
        }
      },
    }
  })
}

const scenario = cardStory('a card is told to let go', [
  {
    name: 'vmm',
    steps: [step('open', 'nvme'), named('buf', step('export', 'nvme', { bar: 0 })), step('reset', 'nvme')],
  },
  {
    name: 'user',
    steps: [
      named('mr', step('import', 'buf', { on: 'card' })),
      step('write', 'mr', { length: 64 }),
      step('close', 'mr'),
    ],
  },
])
const subjectOf = (place?: Place) => explorableOf(cardHouse(card(place)), scenario)

describe('a plugin that does otherwise from the second time on that it', () => {
  test.each(PLACES)('%s: two runs part', (place) => {
    const { words, violations } = exploreSubject(subjectOf(place))
    expect(words).toBe('sampled (stopped where two runs of a schedule part, 0 schedules)')
    expect(violations).toMatchObject([{ violation: { invariant: DETERMINISM, rule: 'decision 5' } }])
    expect(violations[0]?.violation.message).toMatch(
      /^two runs of one schedule part at step \d+, of \w+: the first time/,
    )
  })

  test('does none of it: all runs are alike', () => {
    const { words, violations } = exploreSubject(subjectOf(), { strategy: 'random', schedules: 50 })
    expect([words, violations]).toEqual(['sampled (seed 1, 50 schedules)', []])
  })
})
