// Makes of what the compiler wrote of each package a few files in `dist/bundle`, which is what everybody loads: to find,
// read and link hundreds of small modules takes Node longer than most commands do.
//
// Packages stay apart, as a plugin of somebody else has to meet the same copy of core as the command. What is not ours
// is taken in, with its license beside it.
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { rolldown } from 'rolldown'
import { root } from './set-up.js'

await Promise.all(
  ['packages', 'plugins']
    .flatMap((kind) => readdirSync(join(root, kind)).map((name) => join(root, kind, name)))
    .filter((room) => existsSync(join(room, 'dist/index.js')))
    .map(bundle),
)

async function bundle(room) {
  const to = join(room, 'dist/bundle')
  // The names of what is taken out of several files may change.
  rmSync(to, { recursive: true, force: true })
  const { peerDependencies = {} } = JSON.parse(readFileSync(join(room, 'package.json'), 'utf8'))
  const bundled = await rolldown({
    input: entries(join(room, 'dist')),
    platform: 'node',
    external: [/^(@barter\/|node:)/, ...Object.keys(peerDependencies)],
    plugins: [sourceMaps()],
  })
  const { output } = await bundled.write({ dir: to, format: 'esm', chunkFileNames: '[name].js', sourcemap: true })
  await bundled.close()
  const taken = new Set(output.flatMap(({ moduleIds = [] }) => moduleIds.flatMap(packageOf)))
  if (taken.size > 0) writeFileSync(join(to, 'LICENSES.txt'), [...taken].sort().map(licenseOf).join('\n\n'))
}

/** A debugger shows sources, so what the compiler says of where its lines come from is handed on. */
function sourceMaps() {
  const load = (id) =>
    existsSync(`${id}.map`) && packageOf(id).length === 0
      ? { code: readFileSync(id, 'utf8'), map: JSON.parse(readFileSync(`${id}.map`, 'utf8')) }
      : null
  return { name: 'source maps of the compiler', load }
}

/** The front door, the command, and files that are started by their URL. */
function entries(dist) {
  const files = readdirSync(dist, { recursive: true }).filter(
    (file) => file.endsWith('.js') && !file.startsWith('bundle'),
  )
  const started = files.flatMap((file) =>
    [...readFileSync(join(dist, file), 'utf8').matchAll(/new URL\('(\.\/[\w-]+\.js)', import\.meta\.url\)/g)].map(
      ([, other]) => join(dirname(file), other),
    ),
  )
  return [...new Set(['index.js', ...files.filter((file) => file === 'main.js'), ...started])].map((file) =>
    join(dist, file),
  )
}

/** The folder of a package that is not ours. **Shape** none for a module that is. */
function packageOf(module) {
  const [, folder] = /^\0?(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(module) ?? []
  return folder === undefined ? [] : [folder]
}

/** **Errors** when a package says nothing of its license. */
function licenseOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry))
  if (file === undefined && license === undefined)
    throw new Error(`${relative(root, folder)} says nothing of its license`)
  const text = file === undefined ? '' : `\n\n${readFileSync(join(folder, file), 'utf8').trim()}`
  return `${name} ${version} (${license})${text}`
}
