// Packs each public package as it would be published and lets publint and "are the types wrong" look at it.
import { createPackageFromTarballData, checkPackage } from '@arethetypeswrong/core'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { root, setUp } from './set-up.js'

setUp()
const scratch = mkdtempSync(join(tmpdir(), 'barter-pack-'))
let wrong = 0
try {
  for (const packed of pack(scratch)) {
    const tarball = readFileSync(join(scratch, packed.filename))
    const problems = [...inside(packed), ...(await published(packed.name, tarball)), ...(await types(tarball))]
    for (const problem of problems) console.error(`${packed.name}: ${problem}`)
    if (problems.length === 0) console.log(`${packed.name}: ${packed.entryCount} files, good`)
    wrong += problems.length
  }
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
process.exitCode = wrong === 0 ? 0 : 1

function pack(into) {
  const { status, stdout, error } = spawnSync('npm', ['pack', '--workspaces', '--json', '--pack-destination', into], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 28,
  })
  if (error) throw error
  if (status !== 0) throw new Error(`npm pack ended with ${status}`)
  const said = JSON.parse(stdout)
  return Array.isArray(said) ? said : Object.values(said)
}

/** What a package must hold, and must not. */
function inside({ files }) {
  const paths = files.map((file) => file.path)
  const missing = ['README.md', 'LICENSE', 'dist/index.js', 'dist/bundle/index.js', 'dist/index.d.ts', 'src/index.ts']
    .filter((path) => !paths.includes(path))
    .map((path) => `${path} is missing`)
  const strange = paths
    .filter((path) => /\.tsbuildinfo$|\.test\.|^test\/|node_modules/.test(path) && !isTemplate(path))
    .map((path) => `${path} does not belong there`)
  // A source that has gone leaves its output behind, as the compiler never deletes.
  const stale = paths
    .filter((path) => /^dist\/(?!bundle\/).*\.js$/.test(path))
    .filter((path) => !paths.includes(path.replace(/^dist/, 'src').replace(/js$/, 'ts')))
    .map((path) => `${path} has no source: remove dist and build again`)
  return [...missing, ...strange, ...stale]
}

/** What `barter new` writes is a project of its own, with its tests and its package.json. */
function isTemplate(text) {
  return /^(\.\/)?templates\//.test(text)
}

async function published(name, tarball) {
  const { messages, pkg } = await publint({ pack: { tarball: bytes(tarball) }, strict: true })
  return messages
    .filter((message) => message.type !== 'suggestion')
    .map((message) => formatMessage(message, pkg))
    .filter((text) => !isTemplate(text))
}

/** The packages are ESM for Node 20.19 and later, so only how a module or a bundler finds their types matters. */
async function types(tarball) {
  const { problems = [] } = await checkPackage(createPackageFromTarballData(new Uint8Array(bytes(tarball))))
  return problems
    .filter(
      ({ resolutionKind, resolutionOption }) => !/node10|node16-cjs/.test(resolutionKind ?? resolutionOption ?? ''),
    )
    .filter(({ kind }) => kind !== 'CJSResolvesToESM')
    .map((problem) => `types: ${JSON.stringify(problem)}`)
}

function bytes(buffer) {
  return buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + buffer.byteLength)
}
