// `npm run sweep [FACTOR]`: the random tests and the matrix with FACTOR times as many runs (20 unless given), from another seed each time.
// What fails prints its seed; BARTER_SEED=SEED repeats it. Further arguments go to vitest.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from './set-up.js'

const [factor = '20', ...rest] = process.argv.slice(2)
const seed = process.env.BARTER_SEED ?? String(Date.now() % 0x7fff_ffff)
console.log(`sweep: ${factor} times as many runs, seed ${seed}`)
const { status } = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--project',
    'across',
    'test/properties',
    'test/matrix',
    ...rest,
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, BARTER_SWEEP: factor, BARTER_SEED: seed } },
)
process.exitCode = status ?? 1
