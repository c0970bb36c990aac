/** INV-13 on the real exporter: a callback that is told twice does what one that is told once does. */
import { type Attachment, compose, type Importer, type Op, type Plugin, point, type Scenario } from '@barter/core'
import { explore } from '@barter/explore'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { sim } from '@barter/sim'
import { describe, expect, test } from 'vitest'
import { CLOSE_WHILE_WRITING, topology } from '../explore/close-while-writing.ts'

type Manner = 'lets go' | 'lets go and pins'

/** Attaches, maps, and lets go when it is told. */
function eager(manner: Manner): Plugin {
  const told = function* (attachment: Attachment): Op<void> {
    const { table } = attachment
    if (table !== null) yield* attachment.unmap(table, 'bidirectional')
    if (manner === 'lets go and pins') yield* attachment.pin()
  }
  const importer: Importer = {
    driver: 'eager',
    supports: { dynamic: true, peer2peer: true, invalidate: true, pins: true, restartable: false },
    *probe() {
      yield* point('probe')
    },
    *import(device, buffer) {
      buffer.get()
      const attachment = yield* buffer.attach(device, { peer2peer: true, invalidate: told })
      yield* buffer.resv.locked(() => attachment.map('bidirectional'))
      return {
        *access() {
          yield* point('nothing is sent')
          return { ok: true, status: 'success' }
        },
        *close() {
          yield* buffer.resv.locked(() => told(attachment))
          yield* buffer.detach(attachment)
          buffer.put()
        },
      }
    },
  }
  return {
    name: 'importer-eager',
    apply: ({ hooks }) => {
      hooks.importer.for('eager').tap('importer-eager', () => importer)
    },
  }
}

const step = (verb: string, target: string, args = {}, as?: string) =>
  as === undefined ? { verb, target, args } : { verb, target, args, as }

/** Memory goes off and on: the un-revoke tells importers a second time, with nothing mapped (REV-6). */
function offAndOn(): Scenario {
  const { nvme, nic } = CLOSE_WHILE_WRITING.devices
  if (nvme === undefined || nic === undefined) throw new Error('the story has two devices')
  const command = (value: number) => step('configWrite', 'file', { register: 'command', value })
  return {
    title: 'memory off and on',
    devices: { nvme, nic: { ...nic, driver: 'eager' } },
    actors: [
      {
        name: 'vmm',
        steps: [
          step('open', 'nvme', {}, 'file'),
          step('export', 'file', { bar: 0 }, 'buf'),
          step('import', 'buf', { on: 'nic' }, 'mr'),
          command(0x104),
          command(0x106),
        ],
      },
    ],
    expect: [],
  }
}

const found = (manner: Manner) =>
  explore(compose({ topology, plugins: [sim(), vfioPci(), eager(manner)] }), offAndOn(), { preemptions: 1 })

describe('told twice', () => {
  test('one that lets go, once, is clean', () => {
    const { words, violations } = found('lets go')
    expect([words, violations]).toEqual(['bounded (1 preemption)', []])
  })

  test('INV-13, REV-6: one that pins each time is found', () => {
    const [first, ...more] = found('lets go and pins').violations
    expect(more).toEqual([])
    expect(first?.violation).toMatchObject({
      invariant: 'INV-13',
      rule: 'REV-6',
      message: expect.stringContaining('is told again to let go of') as unknown,
    })
  })
})
