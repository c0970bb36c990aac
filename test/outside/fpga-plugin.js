// An importer as somebody else would write it: plain JavaScript, core as the only import.
import { advance, BUS, KernelError } from '@barter/core'

export default function fpga() {
  return {
    name: 'barter-importer-fpga',
    apply: ({ hooks }) => {
      hooks.importer.for('fpga').tap('barter-importer-fpga', (run) => importer(run.get(BUS)))
    },
  }
}

const importer = (bus) => ({
  driver: 'fpga',
  supports: { dynamic: true, peer2peer: true, invalidate: true, pins: false, restartable: true },
  *probe() {},
  *import(device, buffer) {
    buffer.get()
    const attachment = yield* buffer.attach(device, {
      peer2peer: true,
      *invalidate(told) {
        if (told.table !== null) yield* told.unmap(told.table, 'bidirectional')
      },
    })
    return {
      *access({ access, offset, length, data }) {
        // The engine runs with the reservation held, so that an invalidation waits for it.
        yield* buffer.resv.lock.lock()
        try {
          const table = attachment.table ?? (yield* attachment.map('bidirectional'))
          const at = advance(table.entries[0].address, offset)
          const { arrived, route } = yield* bus.dma({ from: device, access, at, length, data, mapping: table.mapping })
          return { ok: arrived, status: arrived ? 'success' : route.why }
        } catch (error) {
          if (!(error instanceof KernelError)) throw error
          return { ok: false, status: 'engine fault', errno: error.errno, rule: error.rule }
        } finally {
          buffer.resv.lock.unlock()
        }
      },
      *close() {
        yield* buffer.resv.lock.lock()
        if (attachment.table !== null) yield* attachment.unmap(attachment.table, 'bidirectional')
        buffer.resv.lock.unlock()
        yield* buffer.detach(attachment)
        buffer.put()
      },
    }
  },
})
