import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { wholeRun } from './vitest.shared.ts'

const root = dirname(fileURLToPath(import.meta.url))
const conditions = ['module', 'node', 'development|production', 'import', 'default']
const SOURCE = new RegExp(`^${root}/((?:packages|plugins)/[^/]+)/src/(.*)\\.ts$`)

export default defineConfig({
  plugins: [
    {
      name: 'built',
      enforce: 'pre',
      resolveId(id, importer) {
        if (!id.startsWith('.') || importer === undefined) return undefined
        const match = SOURCE.exec(resolve(dirname(importer), id))
        return match === null ? undefined : `${root}/${match[1]}/dist/${match[2]}.js`
      },
    },
  ],
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['node', 'import', 'default'] } },
  test: {
    name: 'barter',
    environment: 'node',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    include: ['{packages,plugins}/*/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    server: { deps: { external: [new RegExp(`^${root}/(packages|plugins)/[^/]+/dist/`)] } },
    setupFiles: ['/tmp/house/cpu-setup2.ts'],
    ...wholeRun,
  },
})
