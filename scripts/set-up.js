// Makes a fresh clone ready to run: installs and builds what is missing or stale, says so, and is silent otherwise.
// Runs before anything is installed, so it uses Node alone.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** **Errors** ends the process when a step fails; the step has said why. */
export function setUp(at = root) {
  install(at)
  build(at)
}

export function install(at) {
  const lock = readFileSync(join(at, 'package-lock.json'), 'utf8')
  const stamp = join(at, 'node_modules/.barter-installed')
  const wanted = digest(lock)
  if (read(stamp) === wanted) return
  if (!isInstalled(at, JSON.parse(lock))) {
    console.log(
      existsSync(join(at, 'node_modules')) ? 'set-up: npm ci, as package-lock.json has changed' : 'set-up: npm ci',
    )
    run(at, process.platform === 'win32' ? 'npm.cmd' : 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  }
  writeFileSync(stamp, wanted)
}

/** Does npm's own record of what it installed agree with the lock file? (Someone may have used `npm install`.) */
function isInstalled(at, lock) {
  const record = read(join(at, 'node_modules/.package-lock.json'))
  if (record === undefined) return false
  const installed = JSON.parse(record).packages
  return Object.entries(lock.packages).every(([path, entry]) => {
    if (!path.startsWith('node_modules/')) return true
    const found = installed[path]
    if (found === undefined) return entry.optional === true || entry.devOptional === true || entry.peer === true
    return found.version === entry.version && found.integrity === entry.integrity
  })
}

export function build(at) {
  const rooms = ['packages', 'plugins'].flatMap((kind) =>
    list(join(at, kind))
      .filter((entry) => entry.isDirectory() && existsSync(join(at, kind, entry.name, 'tsconfig.json')))
      .map((entry) => join(at, kind, entry.name)),
  )
  const stamp = join(at, 'node_modules/.cache/barter-built')
  const complete = rooms.every((room) => existsSync(join(room, 'dist/bundle')))
  const wanted = fingerprint(at, rooms)
  if (complete && read(stamp) === wanted) return
  console.log('set-up: build')
  run(at, process.execPath, [join(at, 'scripts/build.js')])
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, wanted)
}

/** A digest of path, size and time of each file that the build reads: an added, edited or removed file changes it. */
function fingerprint(at, rooms) {
  const lines = []
  const add = (path) => {
    const { mtimeMs, size } = statSync(path)
    lines.push(`${path} ${size} ${mtimeMs}`)
  }
  const walk = (dir) => {
    for (const entry of list(dir)) {
      const path = join(dir, entry.name)
      if (entry.isDirectory()) walk(path)
      else add(path)
    }
  }
  add(join(at, 'tsconfig.base.json'))
  add(join(at, 'tsconfig.build.json'))
  add(join(at, 'scripts/bundle.js'))
  for (const room of rooms) {
    add(join(room, 'package.json'))
    add(join(room, 'tsconfig.json'))
    walk(join(room, 'src'))
  }
  return digest(lines.sort().join('\n') + read(join(at, 'node_modules/.barter-installed')))
}

function run(at, command, args) {
  const { status, error } = spawnSync(command, args, { cwd: at, stdio: ['ignore', 'inherit', 'inherit'] })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}

const digest = (text) => createHash('sha256').update(text).digest('hex')

function read(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined
}

function list(dir) {
  return existsSync(dir) ? readdirSync(dir, { withFileTypes: true }) : []
}
