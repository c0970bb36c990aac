// `npm run build`: compiles what has changed, and bundles each package.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from './set-up.js'

for (const args of [['tsc.js', '-b', 'tsconfig.build.json'], ['bundle.js']]) {
  const [script, ...more] = args
  const { status, error } = spawnSync(process.execPath, [join(root, 'scripts', script), ...more], {
    cwd: root,
    stdio: 'inherit',
  })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}
