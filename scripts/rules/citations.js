// Where code, tests and documents name a rule.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const text = /\.(ts|js|mjs|json|ya?ml|md|html)$/
const passedBy = new Set(['node_modules', 'dist', 'coverage'])

/** The page itself and what it is made from; and the tests of the house, whose ids are examples. */
const left = /^(docs\/rules(\/|\.md$)|test\/house\/)/

/**
 * Every place that names a rule of one of `families`, existing or not. `named` holds the families that also know names in
 * words, as `SW-LINK-OFFSET0`.
 *
 * **Shape** `{ id, file, line, kind }`; `kind` is `source`, `test` or `other` (which proves nothing).
 */
export function findCitations(root, families, named) {
  const pattern = idPattern(families, named)
  return textFiles(root).flatMap(({ file, kind }) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .flatMap((words, index) => idsIn(words, pattern).map((id) => ({ id, file, line: index + 1, kind }))),
  )
}

export function idPattern(families, named) {
  const numbered = `(?:${families.join('|')})-\\d+[a-z]?`
  const inWords = named.length === 0 ? '' : `|(?:${named.join('|')})-[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*`
  return new RegExp(`(?<![A-Za-z0-9_-])(?:${numbered}${inWords})(?![A-Za-z0-9_])`, 'g')
}

/** The ids in a line. `VFIO-1..12` and `BUG-30/31` name both their ends, and nothing in between. */
export function idsIn(words, pattern) {
  return [...words.matchAll(pattern)].flatMap((match) => {
    const [family] = match[0].split('-')
    const rest = /^(?:(?:\.{2,3}|…|–|\/)\d+[a-z]?(?![A-Za-z0-9_]))+/.exec(words.slice(match.index + match[0].length))
    const more = rest === null ? [] : rest[0].match(/\d+[a-z]?/g)
    return [match[0], ...more.map((number) => `${family}-${number}`)]
  })
}

function textFiles(root) {
  const rooms = ['packages', 'plugins'].flatMap((kind) => folders(root, kind))
  const within = (dirs, kind) => dirs.flatMap((dir) => walk(root, dir)).map((file) => ({ file, kind }))
  const readmes = ['README.md', 'CHANGELOG.md', ...rooms.map((room) => `${room}/README.md`)]
  return [
    ...within(
      rooms.map((room) => `${room}/src`),
      'source',
    ),
    ...within([...rooms.map((room) => `${room}/test`), 'test'], 'test'),
    ...within(['examples', 'bench', 'docs'], 'other'),
    ...readmes.filter((file) => existsSync(join(root, file))).map((file) => ({ file, kind: 'other' })),
  ].filter(({ file }) => text.test(file) && !left.test(file))
}

function folders(root, dir) {
  return entries(root, dir)
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${dir}/${entry.name}`)
}

function walk(root, dir) {
  return entries(root, dir).flatMap((entry) => {
    const path = `${dir}/${entry.name}`
    if (entry.isFile()) return [path]
    return entry.isDirectory() && !passedBy.has(entry.name) ? walk(root, path) : []
  })
}

/** Sorted, as the order that a file system gives is nobody's promise. */
function entries(root, dir) {
  const at = join(root, dir)
  const byName = (a, b) => (a.name < b.name ? -1 : 1)
  return existsSync(at) ? readdirSync(at, { withFileTypes: true }).sort(byName) : []
}
