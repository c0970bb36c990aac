import { dirname, resolve } from 'node:path'
import { defineConfig } from 'vitest/config'
import { tests, wholeRun } from './vitest.shared.ts'

const root = import.meta.dirname
/** A test may look into its package, so it gets the files of which bundles are made; they are the same code. */
const UNBUNDLED = '@barter/unbundled'
const conditions = [UNBUNDLED, 'module', 'node', 'development|production', 'import', 'default']
const SOURCE = /^(.*[\\/](?:packages|plugins)[\\/][^\\/]+[\\/])src([\\/].*)\.ts$/
const BUILT = /[\\/](?:packages|plugins)[\\/][^\\/]+[\\/]dist[\\/]/

/**
 * What `npm test` runs: every test of every room as one project, on what was built, which Node loads by itself. Sources go
 * through the loader of vitest, where each use of an import is a call: exploring takes half as long again there. Nor are
 * core and sim loaded once for each room.
 */
export default defineConfig({
  plugins: [
    {
      name: 'built instead of sources',
      enforce: 'pre',
      // A test that looks into its package gets the same copy as all others.
      resolveId: (id, importer) =>
        id.startsWith('.') && importer !== undefined ? builtOf(resolve(dirname(importer), id)) : undefined,
    },
  ],
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: [UNBUNDLED, 'node', 'import', 'default'] } },
  test: {
    ...tests('barter', ['{packages,plugins}/*/**/*.test.ts', 'test/**/*.test.ts']),
    ...wholeRun,
    execArgv: [`--conditions=${UNBUNDLED}`],
    server: { deps: { external: [BUILT] } },
  },
})

/** What the compiler made of a source, or `undefined` for what is none. */
function builtOf(path: string): string | undefined {
  if (!path.startsWith(root)) return undefined
  const [, room, file] = SOURCE.exec(path) ?? []
  return room === undefined || file === undefined ? undefined : `${room}dist${file}.js`
}
