/** Importers of all manners, one driver name each: they map at once, and differ in what they do when they are told. */
import { type Attachment, BUS, type Importer, KERNEL, type Op, type Plugin, type Scope, sleep } from '@barter/core'

export const MANNERS = ['inline', 'late', 'silent', 'pinning', 'static', 'distant'] as const
export type Manner = (typeof MANNERS)[number]

export const users = (): Plugin => ({
  name: 'users',
  apply: ({ hooks }) => {
    for (const manner of MANNERS) hooks.importer.for(manner).tap('users', (run) => importer(run, manner))
  },
})

function importer(run: Scope, manner: Manner): Importer {
  const bus = run.get(BUS)
  const kernel = run.get(KERNEL)
  const unmap = function* (attachment: Attachment): Op<void> {
    const { table } = attachment
    if (table !== null) yield* attachment.unmap(table, 'bidirectional')
  }
  const later = function* (attachment: Attachment): Op<void> {
    kernel.spawn('worker', function* () {
      yield* sleep(1000)
      yield* attachment.buffer.resv.locked(() => unmap(attachment))
    })
  }
  const callback = { inline: { invalidate: unmap }, late: { invalidate: later } }[manner as string] ?? {}
  const ops = manner === 'static' ? undefined : { peer2peer: manner !== 'distant', ...callback }
  return {
    driver: manner,
    supports: {
      dynamic: ops !== undefined,
      peer2peer: ops?.peer2peer ?? false,
      invalidate: 'invalidate' in callback,
      pins: manner === 'pinning',
      restartable: false,
    },
    *probe() {
      // The device may send already.
    },
    *import(device, buffer) {
      const attachment = yield* buffer.attach(device, ops)
      buffer.get()
      const gone = function* (): Op<void> {
        yield* buffer.resv.locked(() => unmap(attachment))
        yield* buffer.detach(attachment)
        buffer.put()
      }
      try {
        yield* buffer.resv.locked(function* () {
          if (manner === 'pinning') yield* attachment.pin()
          yield* attachment.map('bidirectional')
        })
      } catch (error) {
        yield* gone()
        throw error
      }
      return {
        *access({ access, length, data }) {
          const { table } = attachment
          const at = table?.entries[0]?.address
          if (table === null || at === undefined) return { ok: false, status: 'not mapped' }
          const packet = { from: device, access, at, length, mapping: table.mapping }
          const { arrived, route } = yield* bus.dma(data === undefined ? packet : { ...packet, data })
          return { ok: arrived, status: arrived ? 'success' : route.why }
        },
        close: gone,
      }
    },
  }
}
