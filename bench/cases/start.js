// Start-up of the command line against an empty Node process.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../../scripts/set-up.js'
import { compare, mustBe } from '../harness.js'

export function run() {
  const main = join(root, 'packages/cli/dist/bundle/main.js')
  const node = (...args) => spawnSync(process.execPath, args, { encoding: 'utf8' })
  const help = node(main, '--help')
  mustBe(help.status, 0, 'exit code of --help')
  mustBe(help.stdout.includes('barter run'.split(' ')[1]), true, '--help names its commands')
  return compare({
    name: 'start',
    unit: 'process',
    count: 1,
    rounds: 21,
    goal: 'at most 1.20',
    a: () => node(main, '--help'),
    b: () => node('-e', '0'),
  })
}
