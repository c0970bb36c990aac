// An importer as somebody else would write it, whose engine is now and then a step slower: by chance, by the clock of the
// host, or by a count that outlives the run.
import { point } from '@barter/core'

let count = 0
const moods = {
  chance: () => Math.random() < 0.5,
  clock: () => Date.now() % 2 === 0,
  count: () => ++count % 3 === 0,
  none: () => false,
}

export default ({ by = 'chance' } = {}) => ({
  name: 'importer-moody',
  apply: ({ hooks }) => {
    hooks.importer.for('moody').tap('importer-moody', () => importer(moods[by]))
  },
})

const importer = (isSlow) => ({
  driver: 'moody',
  supports: { dynamic: true, peer2peer: true, invalidate: true, pins: false, restartable: true },
  *probe() {},
  *import(_device, buffer) {
    buffer.get()
    return {
      *access() {
        if (isSlow()) yield* point('the engine is slow')
        yield* point('the engine is done')
        return { ok: true, status: 'success' }
      },
      *close() {
        buffer.put()
      },
    }
  },
})
