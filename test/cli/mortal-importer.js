// An importer that maps nothing and ends its thread, or interrupts the command, after so many imports in one worker thread.
import { threadId } from 'node:worker_threads'
import { point } from '@barter/core'

let count = 0

export default ({ after = Infinity, does = 'exit', thread = 1 } = {}) => ({
  name: 'importer-mortal',
  apply: ({ hooks }) => {
    hooks.importer.for('mortal').tap('importer-mortal', () => importer(() => strike(after, does, thread)))
  },
})

function strike(after, does, thread) {
  if (threadId !== thread || ++count !== after) return
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
