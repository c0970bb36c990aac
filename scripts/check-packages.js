// Checks each package.json and tsconfig.json against the table of rooms. Prints what is wrong and exits 1.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { container, mayImport, roomOf } from '../tools/eslint-plugin-barter/house.js'
import { root } from './set-up.js'

/** **Shape** one sentence for each thing that is wrong. */
export function checkPackages(at) {
  const problems = []
  const json = (path) => JSON.parse(readFileSync(path, 'utf8').replace(/^\s*\/\/.*$/gm, ''))
  const { version } = json(join(at, 'lerna.json'))
  const plugins = folders(join(at, 'plugins'))
  const built = json(join(at, 'tsconfig.build.json')).references.map((reference) => reference.path.replace(/^\.\//, ''))
  const dirs = [...folders(join(at, 'packages')).map((n) => `packages/${n}`), ...plugins.map((n) => `plugins/${n}`)]

  for (const dir of dirs) {
    const say = (problem) => problems.push(`${dir}: ${problem}`)
    const must = (holds, problem) => holds || say(problem)
    const pkg = json(join(at, dir, 'package.json'))
    const name = dir.split('/')[1]
    must(pkg.name === `@barter/${name}`, `the name is ${pkg.name}, not @barter/${name}`)
    must(pkg.version === version, `the version is ${pkg.version}, not ${version} as in lerna.json`)
    must(pkg.type === 'module', 'type is not module')
    must(pkg.license === 'Apache-2.0', 'the license is not Apache-2.0')
    must(existsSync(join(at, dir, 'LICENSE')), 'LICENSE is missing')
    must(existsSync(join(at, dir, 'README.md')), 'README.md is missing')
    must(pkg.sideEffects === false, 'sideEffects is not false')
    must(pkg.engines?.node === '>=20.19', 'engines.node is not >=20.19')
    must(built.includes(dir), 'it is missing from tsconfig.build.json')
    const front = pkg.exports?.['.'] ?? {}
    must(Object.keys(front)[0] === '@barter/source', 'exports["."] does not begin with @barter/source')
    must(front['@barter/source'] === './src/index.ts', 'exports["."]["@barter/source"] is not ./src/index.ts')
    must(front.types === './dist/index.d.ts', 'exports["."].types is not ./dist/index.d.ts')
    must(front['@barter/unbundled'] === './dist/index.js', 'exports["."]["@barter/unbundled"] is not ./dist/index.js')
    must(front.default === './dist/bundle/index.js', 'exports["."].default is not ./dist/bundle/index.js')

    const used = { ...pkg.dependencies, ...pkg.peerDependencies }
    const ours = (set) => Object.keys(set ?? {}).filter((n) => n.startsWith('@barter/'))
    const check = (part, set) => {
      const room = roomOf(`${dir}/${part}/index.ts`)
      if (room.allowed === undefined)
        return say('it is not in the table of rooms (tools/eslint-plugin-barter/house.js)')
      for (const dependency of ours(set)) {
        const other = dependency.slice('@barter/'.length)
        must(mayImport(room, other, plugins.includes(other)), `its ${part} may not depend on ${dependency}`)
        must(set[dependency] === `^${version}`, `it wants ${dependency} ${set[dependency]}, not ^${version}`)
      }
    }
    check('src', used)
    check('test', pkg.devDependencies)
    for (const n of container) must(dir === 'packages/core' || !(n in used), `only core may depend on ${n}`)
    if (dir.startsWith('plugins/')) {
      must('@barter/core' in (pkg.peerDependencies ?? {}), '@barter/core is not a peer dependency')
      must('@barter/core' in (pkg.devDependencies ?? {}), '@barter/core is not a dev dependency')
      must(!('@barter/core' in (pkg.dependencies ?? {})), '@barter/core is a dependency, not a peer dependency')
    }

    const wanted = ours(used).map((n) => n.slice('@barter/'.length))
    const referred = (json(join(at, dir, 'tsconfig.json')).references ?? []).map((r) => r.path.split('/').at(-1))
    for (const n of wanted) must(referred.includes(n), `tsconfig.json lacks a reference to ${n}`)
    for (const n of referred) must(wanted.includes(n), `tsconfig.json refers to ${n}, which is no dependency`)
  }
  return problems
}

const folders = (dir) =>
  existsSync(dir) ? readdirSync(dir).filter((name) => existsSync(join(dir, name, 'package.json'))) : []

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const problems = checkPackages(root)
  for (const problem of problems) console.error(problem)
  process.exitCode = problems.length === 0 ? 0 : 1
}
