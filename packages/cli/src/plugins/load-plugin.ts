/** Makes a plugin from its name and options: one of ours, a package, or a file beside the scenario. */
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { coreCopies, type Plugin, UsageError } from '@barter/core'
import { pluginBroken, pluginUnknown, shown } from '../errors.ts'
import { notePlugin } from './blame-plugin.ts'
import { FIRST_PARTY, FIRST_PARTY_NAMES, firstPartyName } from './first-party.ts'
import { packageEntry } from './package-entry.ts'
import { placeOfLoading } from './thrown-at.ts'

export interface PluginRequest {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
}

const NOT_ASYNC = 'write the factory without async: what has to be waited for, a module can await when it is loaded'
const ONE_CORE = 'there has to be one: run the barter that is installed beside the plugin, by npx barter, or npm dedupe'
const NOT_BUILT = 'build it, and name the JavaScript that comes of it: Node does not read TypeScript'

type Factory = (options: Readonly<Record<string, unknown>>) => Plugin

/**
 * **Shape** `folders`: where packages are looked for, in this order; `known`: further names that one may have meant.
 * **Errors** `UsageError` `PLUGIN_UNKNOWN`, `PLUGIN_BROKEN`, and what the plugin says of its options.
 */
export async function loadPlugin(
  { name, options }: PluginRequest,
  folders: readonly string[],
  known: readonly string[] = [],
): Promise<Plugin> {
  const factory = await factoryOf(name, folders, known)
  let plugin: unknown
  try {
    plugin = factory(options)
  } catch (cause) {
    if (cause instanceof UsageError) throw cause
    throw pluginBroken(name, `its factory fails: ${reason(cause)}`, cause)
  }
  if (plugin instanceof Promise) throw pluginBroken(name, 'its factory gives a promise', undefined, NOT_ASYNC)
  if (!isPlugin(plugin)) throw pluginBroken(name, 'what its factory returns has no name or no apply')
  return plugin
}

async function factoryOf(name: string, folders: readonly string[], known: readonly string[]): Promise<Factory> {
  const short = firstPartyName(name)
  const ours = short === undefined ? undefined : FIRST_PARTY[short]
  if (ours !== undefined) return factoryIn(name, await importModule(name, ours.package), ours.factory)
  const file = await fileOf(name, folders)
  if (file === undefined) throw pluginUnknown(name, [...FIRST_PARTY_NAMES, ...known], folders.map(shown))
  notePlugin(name, file)
  const before = coreCopies.size
  const module = await importModule(name, pathToFileURL(file).href)
  const [other] = [...coreCopies].slice(before)
  if (other !== undefined)
    throw pluginBroken(name, `it loads a @barter/core of its own, ${folderOf(other)}`, undefined, ONE_CORE)
  return factoryIn(name, module, 'default')
}

/** Of a package, by the URL of a module of it. */
const folderOf = (url: string): string => fileURLToPath(new URL('..', url))

async function fileOf(name: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const file = name.startsWith('.') || name.startsWith('/') ? resolve(folder, name) : await entryIn(name, folder)
    if (file !== undefined && (await stat(file).catch(() => undefined))?.isFile() === true) return file
  }
  return undefined
}

async function entryIn(name: string, folder: string): Promise<string | undefined> {
  try {
    return await packageEntry(name, folder)
  } catch (cause) {
    throw pluginBroken(name, `its package.json cannot be read: ${reason(cause)}`, cause)
  }
}

async function importModule(name: string, specifier: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(specifier)) as Readonly<Record<string, unknown>>
  } catch (cause) {
    const isTypeScript = (cause as { readonly code?: unknown } | undefined)?.code === 'ERR_UNKNOWN_FILE_EXTENSION'
    throw pluginBroken(name, reason(cause, specifier), cause, isTypeScript ? NOT_BUILT : undefined)
  }
}

function factoryIn(name: string, module: Readonly<Record<string, unknown>>, key: string): Factory {
  // A CommonJS module that was compiled from an ES one keeps its default export one level down.
  const found = [module[key], (module.default as { readonly default?: unknown } | undefined)?.default]
  const factory = found.find((value): value is Factory => typeof value === 'function')
  if (factory !== undefined) return factory
  const others = Object.keys(module).filter((other) => typeof module[other] === 'function')
  const hint = others.length === 0 ? undefined : `it exports ${others.join(', ')}; one of them may be meant as default`
  throw pluginBroken(name, `it has no ${key} export that is a function`, undefined, hint)
}

const isPlugin = (value: unknown): value is Plugin =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Partial<Plugin>).name === 'string' &&
  typeof (value as Partial<Plugin>).apply === 'function'

/** What is wrong, and where, unless it says so itself. */
function reason(cause: unknown, url?: string): string {
  const what = (cause instanceof Error ? cause.message : String(cause)).split('\n')[0] ?? 'unknown reason'
  const place = placeOfLoading(cause, url)
  return place === undefined || what.includes(place.file) ? what : `${what}, at ${place.text}`
}
