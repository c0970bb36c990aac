// Keeps the sessions of the pages real: runs each command and writes what it printed below its mark. `--check` only looks.
//   <!-- session: demo | from: 2. | to: More: -->
// is followed by a fenced block; `from` and `to` cut the output at the first lines that begin so, or, after `…`, at the
// first that have the words anywhere, `to` behind `from`.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, setUp } from './set-up.js'

const MARK = /<!-- session: ([^|>]+?)(?: \| from: ([^|>]+?))?(?: \| to: ([^|>]+?))? -->\n\n```\n(?:[^]*?\n)??```/g

const PAGES = ['README.md', 'docs/kernel-findings.md']

const check = process.argv.includes('--check')
setUp()
for (const name of PAGES) {
  const path = join(root, name)
  const page = readFileSync(path, 'utf8')
  const fresh = page.replace(MARK, (block, command, from, to) => {
    const head = block.slice(0, block.indexOf('```'))
    return `${head}\`\`\`\n$ npx barter ${command}\n${cut(output(command), from, to)}\n\`\`\``
  })
  if (fresh === page) continue
  if (check) {
    console.error(`${name} shows sessions that are no longer so: run \`npm run readme\` and commit the page`)
    process.exitCode = 1
  } else writeFileSync(path, fresh)
}

function output(command) {
  const main = join(root, 'packages/cli/bin/barter.js')
  const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...command.split(' ')], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, COLUMNS: '80' },
  })
  // A scenario of a defect expects it, and fails on a kernel without.
  const fails = command.includes('--switches') ? 1 : 0
  if (status !== fails) throw new Error(`barter ${command} ended with ${status}: ${stderr}`)
  return stdout.trimEnd()
}

function cut(text, from, to) {
  const lines = text.split('\n')
  const start = from === undefined ? 0 : lines.findIndex(meant(from))
  const length = to === undefined ? lines.length : lines.slice(start + 1).findIndex(meant(to)) + 1
  if (start < 0 || length < 1) throw new Error(`the output has no line that begins with ${start < 0 ? from : to}`)
  const kept = lines
    .slice(start, start + length)
    .join('\n')
    .trimEnd()
  return start === 0 ? kept : `[...]\n${kept}`
}

function meant(words) {
  return words.startsWith('…') ? (line) => line.includes(words.slice(1)) : (line) => line.startsWith(words)
}
