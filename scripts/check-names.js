// Checks that no committed file names what a reader does not have: a path of somebody's machine, the host of a package
// registry, the tool that wrote a line. Prints each place and exits 1.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { mayName } from '../tools/eslint-plugin-barter/house.js'
import { root } from './set-up.js'

/**
 * Folders whose content differs from machine to machine; what every Linux has (`/sys`, `/proc`, `/dev`, `/etc`) may be
 * named. Not inside of another path (`packages/work`) or of a closing tag (`</home>`).
 */
const FOLDERS = 'tmp|work|workspace|home|root|mnt|Users'

const CHECKS = [
  { what: 'a path of one machine', pattern: new RegExp(String.raw`(?<![\w.)}\]*$@~<-])/(?:${FOLDERS})(?![\w-])`) },
  { what: 'a path of one machine', pattern: /\b[A-Z]:\\{1,2}Users\\/ },
  {
    what: 'a package registry',
    pattern: /:\/\/[^\s/"'`]*(?:registry|npm|yarnpkg|artifactory|nexus|verdaccio|mirror)/i,
  },
  { what: 'a package registry', pattern: /^\s*(?:@[\w-]+:)?registry\s*=/ },
  { what: 'a host for a locked package', pattern: /"resolved": "[a-z+]+:\/\// },
  { what: 'a host for a locked package', pattern: /^source = "[a-z]+\+/ },
  { what: 'how it was written', pattern: /\bco-authored-by\b|\blanguage models?\b|\bsub-?agents?\b|\bchat ?bots?\b/i },
]

/** **Shape** `paths`: relative to `at`; gives a line for each place, with what it names. */
export function checkNames(at, paths) {
  return paths
    .filter((path) => !Object.hasOwn(mayName, path))
    .flatMap((path) =>
      linesOf(join(at, path)).flatMap((line, i) => namedIn(line).map((what) => `${path}:${i + 1}: ${what}`)),
    )
}

function namedIn(line) {
  return CHECKS.flatMap(({ what, pattern }) => {
    const found = pattern.exec(line)
    return found === null ? [] : [`it names ${what}: ${line.slice(found.index, found.index + 60).trim()}`]
  })
}

/** None of an archive or a picture. */
function linesOf(file) {
  const text = readFileSync(file, 'utf8')
  return text.includes('\0') ? [] : text.split('\n')
}

/** What Git has or would add; in a copy that is no repository, all that was not made here. */
export function committed(at) {
  const asked = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const { status, stdout } = spawnSync('git', asked, { cwd: at, encoding: 'utf8', maxBuffer: 2 ** 26 })
  const paths = status === 0 ? stdout.split('\0').filter((path) => path !== '' && existsSync(join(at, path))) : []
  return paths.length > 0 ? paths : unpacked(at, '')
}

const MADE = /^(?:node_modules|dist|coverage|\.git|\.nx)$|\.(?:tsbuildinfo|tgz|log)$/

function unpacked(at, folder) {
  return readdirSync(join(at, folder), { withFileTypes: true })
    .filter(({ name }) => !MADE.test(name))
    .flatMap((entry) => {
      const path = `${folder}${entry.name}`
      if (entry.isDirectory()) return unpacked(at, `${path}/`)
      return entry.isFile() ? [path] : []
    })
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const problems = checkNames(root, committed(root))
  for (const problem of problems) console.error(problem)
  process.exitCode = problems.length === 0 ? 0 : 1
}
