// Keeps the sessions in README.md real: runs each command and writes what it printed below its mark. `--check` only looks.
//   <!-- session: demo | from: 2. | to: More: -->
// is followed by a fenced block; `from` and `to` cut the output at the first lines that begin so.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, setUp } from './set-up.js'

const MARK = /<!-- session: ([^|>]+?)(?: \| from: ([^|>]+?))?(?: \| to: ([^|>]+?))? -->\n\n```\n(?:[^]*?\n)?```/g

const check = process.argv.includes('--check')
setUp()
const path = join(root, 'README.md')
const page = readFileSync(path, 'utf8')
const fresh = page.replace(MARK, (block, command, from, to) => {
  const head = block.slice(0, block.indexOf('```'))
  return `${head}\`\`\`\n$ npx barter ${command}\n${cut(output(command), from, to)}\n\`\`\``
})
if (fresh === page) process.exit(0)
if (check) {
  console.error('README.md shows sessions that are no longer so: run `npm run readme` and commit the page')
  process.exit(1)
}
writeFileSync(path, fresh)

function output(command) {
  const main = join(root, 'packages/cli/bin/barter.js')
  const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...command.split(' ')], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, COLUMNS: '80' },
  })
  if (status !== 0) throw new Error(`barter ${command} ended with ${status}: ${stderr}`)
  return stdout.trimEnd()
}

function cut(text, from, to) {
  const lines = text.split('\n')
  const start = from === undefined ? 0 : lines.findIndex((line) => line.startsWith(from))
  const end = to === undefined ? lines.length : lines.findIndex((line) => line.startsWith(to))
  if (start < 0 || end < 0) throw new Error(`the output has no line that begins with ${start < 0 ? from : to}`)
  const kept = lines.slice(start, end).join('\n').trimEnd()
  return start === 0 ? kept : `[...]\n${kept}`
}
