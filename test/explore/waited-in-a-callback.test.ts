/** A driver that waits for its fences in its callback: who has waited for one, and forgot it, looks at it like anybody. */
import {
  type Attachment,
  BUS,
  compose,
  type Importer,
  KERNEL,
  type Op,
  type Plugin,
  type Scenario,
  type Step,
  waitFor,
} from '@barter/core'
import { explore } from '@barter/explore'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { sim } from '@barter/sim'
import { expect, test } from 'vitest'
import { oneSwitch } from '../../bench/models/one-switch.js'

const { topology, names } = oneSwitch(['card'])
const bdf = (name: string) => names.get(name) ?? expect.fail(`there is no ${name}`)

/** Each access is a job of a thread of its own, with a fence. */
const withFences: Plugin = {
  name: 'importer-with-fences',
  apply: ({ hooks }) => {
    hooks.importer.for('card').tap('importer-with-fences', (run): Importer => {
      const [kernel, bus] = [run.get(KERNEL), run.get(BUS)]
      return {
        driver: 'card',
        supports: { dynamic: true, peer2peer: true, invalidate: true, pins: false, restartable: true },
        *probe() {},
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
  },
}

const step = (verb: string, target: string, args: Step['args'] = {}): Step => ({ verb, target, args })
const scenario: Scenario = {
  title: 'fences of a driver',
  devices: { nvme: { at: bdf('nvme'), driver: 'vfio-pci' }, card: { at: bdf('card'), driver: 'card' } },
  actors: [
    {
      name: 'vmm',
      steps: [
        step('open', 'nvme'),
        { ...step('export', 'nvme', { bar: 0 }), as: 'buf' },
        step('wait', 'buf', { until: 'mapped' }),
        step('reset', 'nvme'),
      ],
    },
    {
      name: 'user',
      steps: [{ ...step('import', 'buf', { on: 'card' }), as: 'mr' }, step('write', 'mr', { length: 64 })],
    },
  ],
  expect: [],
}

test('no step depends on what is not told', () => {
  const system = compose({ topology, plugins: [sim(), vfioPci(), withFences] })
  const { violations } = explore(system, scenario, { schedules: 100, shrink: false })
  expect(violations.map(({ violation }) => violation.message)).toEqual([])
})
