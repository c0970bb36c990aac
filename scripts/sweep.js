// `npm run sweep [FACTOR] [FILTER...]`: random tests and the matrix with FACTOR times as many runs (20 unless given), from
// another seed each time; those whose path contains a FILTER. What fails prints its seed; BARTER_SEED=SEED repeats it.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root, setUp } from './set-up.js'

const ALL = [
  'test/properties',
  'test/matrix',
  ...['strategies', 'kernel-programs', 'importers', 'scenarios', 'resumed'].map(
    (name) => `test/explore/${name}.property`,
  ),
]

const [factor = '20', ...filters] = process.argv.slice(2)
if (!/^[1-9]\d*$/.test(factor)) {
  console.error(
    `sweep: FACTOR is a whole number from 1, not '${factor}': npm run sweep -- 4 test/explore/kernel-programs`,
  )
  process.exit(2)
}
setUp()
const seed = process.env.BARTER_SEED ?? String(Date.now() % 0x7fff_ffff)
console.log(`sweep: ${factor} times as many runs, seed ${seed}`)
const { status } = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    `--config=${join(root, 'vitest.whole.config.ts')}`,
    ...(filters.length === 0 ? ALL : filters),
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, BARTER_SWEEP: factor, BARTER_SEED: seed } },
)
process.exitCode = status ?? 1
