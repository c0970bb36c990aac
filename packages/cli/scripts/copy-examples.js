// Puts the examples into the package while it is packed, and takes them away again with --remove; or into the folder given.
import { cpSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const examples = fileURLToPath(new URL('../../../examples/', import.meta.url))
const packed = fileURLToPath(new URL('../examples/', import.meta.url))
// What `barter parity` replays is for those who have the repository.
const LEFT_OUT = ['recordings', 'README.md']

const [word] = process.argv.slice(2)
const to = word === undefined || word === '--remove' ? packed : word
rmSync(to, { recursive: true, force: true })
if (word !== '--remove') {
  const kept = (path) => !LEFT_OUT.includes(path.slice(examples.length).split('/')[0] ?? '')
  cpSync(examples, to, { recursive: true, filter: (path) => kept(path) })
}
