// `npm run mutants [-- BUG-50 …] [--json]`: puts each bug of the catalogue in and shows what finds it. The bugs are
// TypeScript that is never built, so they are loaded as the tests are: from their sources.
import { join } from 'node:path'
import { createViteServer } from 'vitest/node'
import { install, root } from './set-up.js'

install(root)
const conditions = ['@barter/source', 'module', 'node', 'import', 'default']
const server = await createViteServer({
  root,
  configFile: false,
  logLevel: 'error',
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
})
const { mutants } = await server.ssrLoadModule(join(root, 'test/mutants/main.ts'))
const { text, exitCode } = mutants(process.argv.slice(2))
await server.close()
process.stdout.write(text)
process.exitCode = exitCode
