/** A caller forgets what a callback learned; a worker made there does not, so two workers are alike only if they know the same. */
import { KERNEL, type Op, point } from '@barter/core'
import { depthFirst, dpor, explorableOf } from '@barter/explore'
import { describe, expect, test } from 'vitest'
import { cardDriver, cardHouse, cardStory, named, step } from './card-house.ts'

/** The callback looks whether the card was written to, and makes a worker that notes what it saw. */
const noting = cardDriver('importer-noting', (run) => {
  const kernel = run.get(KERNEL)
  return {
    tellsWhatItTouches: true,
    *import(device, buffer) {
      const written = kernel.shared('whether the card was written to')
      const noted = kernel.shared('what the worker noted')
      let isWritten = false
      let note = 'nothing yet'
      function* invalidate(): Op<void> {
        yield* point('look')
        written.readValue(isWritten ? 1 : 0)
        const saw = isWritten ? 'written' : 'unwritten'
        kernel.spawn(`worker of ${device.name}`, function* () {
          yield* point('note')
          note = saw
          noted.writeValue(saw.length)
        })
      }
      const own = buffer.get()
      const attachment = yield* own.attach(device, { peer2peer: true, invalidate })
      return {
        *access({ access }) {
          yield* point(access)
          if (access === 'write') {
            isWritten = true
            written.writeValue(1)
            return { ok: true, status: 'success' }
          }
          noted.readValue(note.length)
          return { ok: true, status: 'success', data: new TextEncoder().encode(note) }
        },
        *close() {
          yield* own.detach(attachment)
          own.put()
        },
      }
    },
  }
})

const scenario = cardStory('a worker of a callback', [
  {
    name: 'vmm',
    steps: [
      step('open', 'nvme'),
      named('buf', step('export', 'nvme', { bar: 0 })),
      named('mr', step('import', 'buf', { on: 'card' })),
      step('reset', 'nvme'),
    ],
  },
  { name: 'user', steps: [step('write', 'mr', { length: 64 }), step('read', 'mr', { length: 64 })] },
])

describe('a worker that a callback makes', () => {
  const subject = explorableOf(cardHouse(noting), scenario)

  test.each([
    ['states', () => depthFirst(subject, { match: true, outcomes: true })],
    [
      'states, no reductions',
      () => depthFirst(subject, { match: true, sleep: false, joins: false, singles: false, outcomes: true }),
    ],
    ['dpor', () => dpor(subject, { outcomes: true })],
  ])('%s: it notes what the callback saw, whatever is so by then', (_, search) => {
    const { complete, outcomes, found } = search()
    expect(found).toEqual([])
    expect(complete).toBe(true)
    const notes = [...outcomes.keys()].map((text) => /"(nothing yet|unwritten|written)/.exec(text)?.[1])
    expect(new Set(notes)).toEqual(new Set(['nothing yet', 'unwritten', 'written']))
  })
})
