/** The correct importer, and beside it a mood: by a count that outlives runs, by chance, by a clock of the host, or later. */
import { createHooks, type Importer, type Plugin, point } from '@barter/core'
import { clumsy } from './clumsy-importer.ts'

export type Mood = 'count' | 'chance' | 'clock' | 'fine clock' | 'later'

let count = 0
const MOODS: Readonly<Record<Mood, () => boolean>> = {
  count: () => ++count % 3 === 0,
  chance: () => Math.random() < 0.5,
  // Looks, and nothing comes of it: only who watches the clock sees that.
  clock: () => Date.now() === 0,
  'fine clock': () => process.hrtime.bigint() === 0n,
  later: () => {
    void Promise.resolve().then(() => undefined)
    return false
  },
}

export function moody(mood: Mood): Plugin {
  return {
    name: 'importer-moody',
    apply: (host) => {
      const inner = createHooks()
      clumsy().apply({ ...host, hooks: { ...host.hooks, importer: inner.importer } })
      host.hooks.importer.for('clumsy').tap('importer-moody', (run) => {
        const importer = inner.importer.get('clumsy')?.call(run)
        return importer === undefined ? importer : withMood(importer, MOODS[mood])
      })
    },
  }
}

function withMood(importer: Importer, isSlow: () => boolean): Importer {
  const made = importer.import.bind(importer)
  importer.import = function* (device, buffer, options) {
    if (isSlow()) yield* point('a mood')
    return yield* made(device, buffer, options)
  }
  return importer
}
