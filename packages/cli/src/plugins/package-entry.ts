/** Where the code of an installed package is, seen from a folder that is not ours. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { isAbsolute, join, relative } from 'node:path'

/** In order of preference, as Node resolves an `import`. */
const CONDITIONS = ['node', 'import', 'module-sync', 'default']

/**
 * The main module of package `name` as installed for code in `folder`; `undefined` when it is not installed there.
 * `import.meta.resolve` takes no folder to start from, and `require.resolve` refuses packages that only offer `import`.
 */
export async function packageEntry(name: string, folder: string): Promise<string | undefined> {
  const [scope, own] = name.split('/')
  if (scope === undefined || (name.startsWith('@') && own === undefined)) return undefined
  for (const modules of createRequire(join(folder, 'any.js')).resolve.paths(name) ?? []) {
    const home = join(modules, name)
    const text = await readFile(join(home, 'package.json'), 'utf8').catch(() => undefined)
    if (text === undefined) continue
    const { exports, main } = JSON.parse(text) as { readonly exports?: unknown; readonly main?: unknown }
    const target = entryOf(exports) ?? (typeof main === 'string' ? main : 'index.js')
    const entry = join(home, target)
    const inside = relative(home, entry)
    return inside.startsWith('..') || isAbsolute(inside) ? undefined : entry
  }
  return undefined
}

function entryOf(exports: unknown): string | undefined {
  if (typeof exports === 'string') return exports
  if (Array.isArray(exports)) return exports.map(entryOf).find((entry) => entry !== undefined)
  if (typeof exports !== 'object' || exports === null) return undefined
  const table = exports as Readonly<Record<string, unknown>>
  if ('.' in table) return entryOf(table['.'])
  for (const condition of Object.keys(table)) {
    const entry = CONDITIONS.includes(condition) ? entryOf(table[condition]) : undefined
    if (entry !== undefined) return entry
  }
  return undefined
}
