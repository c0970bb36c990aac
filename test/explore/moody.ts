/** The RDMA importer, and beside it something that is no function of what it observed. */
import { compose, createHooks, type Explorable, type Importer, type Plugin, point } from '@barter/core'
import { explorableOf } from '@barter/explore'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { rdma } from '@barter/importer-rdma'
import { sim } from '@barter/sim'
import { CLOSE_WHILE_WRITING, topology } from './close-while-writing.ts'

const DRIVER = 'mlx5'

/** What it does at its `count`-th access, over all runs. */
export type Mood =
  /** One more scheduling point, or none. */
  | 'hesitates'
  /** Other bytes go over the wire; nobody waits for anything else. */
  | 'writes less'
  /** User space is told something else. */
  | 'lies'
  | 'none'

/** **Shape** `draw`: is it in the mood? A counter of the module, `Math.random`, a clock. */
export function moody(mood: Mood, draw: () => boolean): Plugin {
  return {
    name: 'importer-moody',
    apply: (host) => {
      const inner = createHooks()
      rdma().apply({ ...host, hooks: { ...host.hooks, importer: inner.importer } })
      host.hooks.importer.for(DRIVER).tap('importer-moody', (run) => {
        const importer = inner.importer.get(DRIVER)?.call(run)
        return importer === undefined ? importer : changed(importer, mood, draw)
      })
    },
  }
}

function changed(importer: Importer, mood: Mood, draw: () => boolean): Importer {
  const made = importer.import.bind(importer)
  importer.import = function* (device, buffer, options) {
    const one = yield* made(device, buffer, options)
    const access = one.access.bind(one)
    return Object.assign(one, {
      *access(request: Parameters<typeof access>[0]): ReturnType<typeof access> {
        const now = mood !== 'none' && draw()
        if (now && mood === 'hesitates') yield* point('a mood')
        const result = yield* access(now && mood === 'writes less' ? { ...request, length: 32 } : request)
        return now && mood === 'lies' ? { ...result, ok: false, status: 'no mood' } : result
      },
    })
  }
  return importer
}

/** The close while it writes. */
export function moodySubject(mood: Mood, draw: () => boolean): Explorable {
  return explorableOf(compose({ topology, plugins: [sim(), vfioPci(), moody(mood, draw)] }), CLOSE_WHILE_WRITING)
}

/** Every `n`-th time, over all runs. */
export function eachTime(n: number): () => boolean {
  let count = 0
  return () => ++count % n === 0
}
