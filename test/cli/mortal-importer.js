// An importer that maps nothing and, once, at the first import in a worker thread, ends that thread or interrupts the command.
import { existsSync, writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import { point } from '@barter/core'

// `flag`: a file that is there when it has done so.
export default ({ flag, does = 'exit' }) => ({
  name: 'importer-mortal',
  apply: ({ hooks }) => {
    hooks.importer.for('mortal').tap('importer-mortal', () => importer(() => strike(flag, does)))
  },
})

function strike(flag, does) {
  if (isMainThread || existsSync(flag)) return
  writeFileSync(flag, does)
  if (does === 'exit') process.exit(7)
  process.kill(process.pid, 'SIGINT')
}

const importer = (strikes) => ({
  driver: 'mortal',
  supports: { dynamic: true, peer2peer: true, invalidate: true, pins: false, restartable: true },
  *probe() {},
  *import(_device, buffer) {
    strikes()
    buffer.get()
    return {
      *access() {
        yield* point('the engine is done')
        return { ok: true, status: 'success' }
      },
      *close() {
        buffer.put()
      },
    }
  },
})
