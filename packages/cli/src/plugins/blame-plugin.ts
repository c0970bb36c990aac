/** Whose fault an exception is that nobody expected: ours, or that of a plugin from outside whose code threw it. */
import { dirname, relative, sep } from 'node:path'
import type { UsageError } from '@barter/core'
import { pluginThrew } from '../errors.ts'
import { isOurs, type Place, placesOf } from './thrown-at.ts'

/** Folders that plugins from outside were loaded from, and what they were listed as. */
const homes = new Map<string, string>()

/** **Shape** `file`: its main module. */
export function notePlugin(name: string, file: string): void {
  homes.set(dirname(file), name)
}

/** **Shape** `undefined` when no code of such a plugin was under way, or that cannot be told. */
export function blamePlugin(error: unknown): UsageError | undefined {
  if (!(error instanceof Error)) return undefined
  const root = rootOf(error)
  if (!(root instanceof Error)) return blameForNoError(root, error)
  const places = placesOf(root)
  const found = pluginAt(places)
  if (found === undefined) return undefined
  return pluginThrew({
    name: found.name,
    what: root.message.split('\n')[0] ?? '',
    place: found.place.text,
    isCalled: found.place !== places[0],
    cause: error,
  })
}

/** The innermost of these places that is in the code of a plugin from outside. */
export function pluginAt(places: readonly Place[]): { readonly name: string; readonly place: Place } | undefined {
  const place = places.find(isOfPlugin)
  return place === undefined ? undefined : { name: nameOf(place), place }
}

/** What was thrown in the first place. */
function rootOf(error: unknown): unknown {
  return error instanceof Error && 'cause' in error && error.name !== 'UsageError' ? rootOf(error.cause) : error
}

/** Nobody of ours throws such a thing, and it does not say where it comes from. */
function blameForNoError(thrown: unknown, cause: Error): UsageError | undefined {
  const names = [...new Set(homes.values())]
  const [name] = names
  if (name === undefined) return undefined
  return pluginThrew({
    name: names.length === 1 ? name : names.join(' or '),
    what: `${String(thrown)}, which is no Error and does not say where it comes from`,
    cause,
  })
}

/** Neither ours nor something that is installed beside it. */
export function isOfPlugin({ file }: Place): boolean {
  if (isOurs(file)) return false
  return homeOf(file) !== undefined || !file.split(sep).includes('node_modules')
}

/** **Shape** of a file that belongs to no plugin as it was listed, as when it reaches beyond its folder: the file. */
const nameOf = ({ file }: Place): string =>
  homes.get(homeOf(file) ?? '') ?? (homes.size === 1 ? ([...homes.values()][0] ?? file) : file)

const homeOf = (file: string): string | undefined =>
  [...homes.keys()].filter((folder) => isCodeIn(folder, file)).sort((a, b) => b.length - a.length)[0]

/** Not what it has installed for itself. */
function isCodeIn(folder: string, file: string): boolean {
  const path = relative(folder, file)
  return !path.startsWith('..') && !path.split(sep).includes('node_modules')
}
