/** A driver that waits for its fences in its callback: a thread that has forgotten such a wait looks at the fence again. */
import { type Attachment, BUS, KERNEL, type Op, waitFor } from '@barter/core'
import { explore } from '@barter/explore'
import { expect, test } from 'vitest'
import { cardDriver, cardHouse, cardStory, named, step } from './card-house.ts'

/** Each access is a job of a thread of its own, with a fence. */
const withFences = cardDriver('importer-with-fences', (run) => {
  const [kernel, bus] = [run.get(KERNEL), run.get(BUS)]
  return {
    *import(device, buffer) {
      buffer.get()
      const letGo = function* (from: Attachment): Op<void> {
        yield* buffer.resv.wait('bookkeep')
        const { table } = from
        if (table !== null) yield* from.unmap(table, 'bidirectional')
      }
      const attachment = yield* buffer.attach(device, { peer2peer: true, invalidate: letGo })
      return {
        *access({ access, length }) {
          const fence = kernel.fence('job')
          yield* buffer.resv.locked(function* () {
            const { entries, mapping } = attachment.table ?? (yield* attachment.map('bidirectional'))
            const [entry] = entries
            if (entry === undefined) return
            buffer.resv.addFence(fence, 'bookkeep')
            kernel.spawn('engine', function* () {
              yield* bus.dma({ from: device, access, at: entry.address, length, mapping })
              fence.signal()
            })
          })
          yield* waitFor(fence, 'job')
          return { ok: true, status: 'success' }
        },
        *close() {
          yield* buffer.resv.locked(() => letGo(attachment))
          yield* buffer.detach(attachment)
          buffer.put()
        },
      }
    },
  }
})

const scenario = cardStory('fences of a driver', [
  {
    name: 'vmm',
    steps: [
      step('open', 'nvme'),
      named('buf', step('export', 'nvme', { bar: 0 })),
      step('wait', 'buf', { until: 'mapped' }),
      step('reset', 'nvme'),
    ],
  },
  { name: 'user', steps: [named('mr', step('import', 'buf', { on: 'card' })), step('write', 'mr', { length: 64 })] },
])

test('no step depends on what is not told', () => {
  const { violations } = explore(cardHouse(withFences), scenario, { schedules: 100, shrink: false })
  expect(violations.map(({ violation }) => violation.message)).toEqual([])
})
