/** Where nobody waits for unmaps, the judge goes through what is mapped at the end of a revoke: in no order that matters. */
import {
  type Attachment,
  type Bdf,
  compose,
  KERNEL,
  type Op,
  type Scenario,
  sleep,
  type Task,
  waitFor,
} from '@barter/core'
import { explore } from '@barter/explore'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { sim } from '@barter/sim'
import { expect, test } from 'vitest'
import { oneSwitch } from '../../bench/models/one-switch.js'
import { cardDriver, named, step } from './card-house.ts'

const CARDS = ['card0', 'card1']
const { topology, names } = oneSwitch(CARDS)
const at = (name: string): Bdf => names.get(name) as Bdf

/** It lets go from a worker, an hour later. */
const late = cardDriver('importer-late', (run) => ({
  *import(device, buffer) {
    function* letGo(from: Attachment): Op<void> {
      const { table } = from
      if (table !== null) yield* from.unmap(table, 'bidirectional')
    }
    const workers: Task[] = []
    const attachment = yield* buffer.attach(device, {
      peer2peer: true,
      *invalidate(from) {
        const worker = run.get(KERNEL).spawn('worker', function* () {
          yield* sleep(3_600_000_000)
          yield* buffer.resv.locked(() => letGo(from))
        })
        workers.push(worker)
      },
    })
    buffer.get()
    return {
      *access() {
        yield* buffer.resv.locked(() => attachment.map('bidirectional'))
        return { ok: true, status: 'success' }
      },
      *close() {
        yield* buffer.resv.locked(() => letGo(attachment))
        yield* buffer.detach(attachment)
        for (const { ended } of workers) yield* waitFor(ended, 'workers')
        buffer.put()
      },
    }
  },
}))

/** Linux 6.19: a revoke tells the importers, and goes on. */
const system = compose({ topology, plugins: [sim(), vfioPci(), late], facts: { generation: 'G1' } })

const scenario: Scenario = {
  title: 'a reset in 6.19',
  devices: {
    nvme: { at: at('nvme'), driver: 'vfio-pci' },
    ...Object.fromEntries(CARDS.map((card) => [card, { at: at(card), driver: 'card' }])),
  },
  actors: [
    {
      name: 'vmm',
      steps: [step('open', 'nvme'), named('buf', step('export', 'nvme', { bar: 0 })), step('reset', 'nvme')],
    },
    ...CARDS.map((card, i) => ({
      name: `user${i}`,
      steps: [named(`object${i}`, step('import', 'buf', { on: card })), step('write', `object${i}`, { length: 64 })],
    })),
  ],
  expect: [],
}

test('no step depends on what is not told', () => {
  let looks = 0
  const { violations } = explore(system, scenario, { lookEvery: 1, stop: () => ++looks > 100 })
  expect(violations.map(({ violation }) => violation.message)).toEqual([])
})
