// `npm run mutants [-- BUG-50 …] [--json]`: puts each bug of the catalogue in and shows what finds it. The bugs are no
// package, so they are compiled aside, and run on what is built.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, setUp } from './set-up.js'

setUp()
const { status } = spawnSync(
  process.execPath,
  [join(root, 'scripts/tsc.js'), '-p', join(root, 'test/mutants/tsconfig.json')],
  { cwd: root, stdio: 'inherit' },
)
if (status === 0) {
  const { mutants } = await import(pathToFileURL(join(root, 'node_modules/.cache/mutants/main.js')).href)
  const { text, exitCode } = await mutants(process.argv.slice(2), root)
  process.stdout.write(text)
  process.exitCode = exitCode
} else process.exitCode = 2
