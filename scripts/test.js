// `npm test`: every test of every package, and one closing line that a machine can read. Further arguments go to vitest.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { closingLine, skipSummary } from './test-report.js'
import { root, setUp } from './set-up.js'

setUp()
const more = process.argv.slice(2)
// All rooms as one project, which is the quickest; by rooms for who names one.
const config = more.some((arg) => arg.startsWith('--project')) ? 'vitest.config.ts' : 'vitest.whole.config.ts'
const scratch = mkdtempSync(join(tmpdir(), 'barter-test-'))
const report = join(scratch, 'report.json')
try {
  const { status, error } = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      `--config=${join(root, config)}`,
      '--reporter=default',
      `--reporter=${pathToFileURL(join(root, 'scripts/test-report.js')).href}`,
      ...more,
    ],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, BARTER_TEST_REPORT: report } },
  )
  if (error) throw error
  const result = readResult(report)
  for (const line of skipSummary(result.skips)) console.log(line)
  const ran = result.passed + result.failed
  const failed = status !== 0 || result.failed > 0 || ran === 0
  if (ran === 0) console.log('no test ran')
  // A run that failed outside a test (an import, a hook, an unhandled rejection) has a failure to count as well.
  if (status !== 0 && result.failed === 0) result.failed = 1
  console.log(closingLine(result))
  process.exitCode = failed ? status || 1 : 0
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

function readResult(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    return { passed: 0, failed: 0, skipped: 0, skips: [] }
  }
}
