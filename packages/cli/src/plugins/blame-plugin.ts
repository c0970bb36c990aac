/** Whose fault an exception is that nobody expected: ours, or that of a plugin from outside whose code threw it. */
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { UsageError } from '@barter/core'
import { pluginThrew } from '../errors.ts'

/** Folders that plugins from outside were loaded from, and what they were listed as. */
const homes = new Map<string, string>()

/** **Shape** `file`: its main module. */
export function notePlugin(name: string, file: string): void {
  homes.set(dirname(file), name)
}

/** **Shape** `undefined` when it was not thrown by code of such a plugin, or cannot be told. */
export function blamePlugin(error: unknown): UsageError | undefined {
  if (!(error instanceof Error)) return undefined
  const { file, place } = thrownAt(rootOf(error)) ?? {}
  if (file === undefined || place === undefined || isOurs(file)) return undefined
  const home = [...homes.keys()].filter((folder) => isCodeIn(folder, file)).sort((a, b) => b.length - a.length)[0]
  const name = home === undefined ? undefined : homes.get(home)
  return name === undefined ? undefined : pluginThrew(name, error.message.split('\n')[0] ?? '', place, error)
}

const rootOf = (error: Error): Error => (error.cause instanceof Error ? rootOf(error.cause) : error)

/** A line of a stack: a file by its path or as a URL, a line, a column. */
const FRAME = /^\s+at (?:.*\()?((?:file:\/\/)?\/.*?|[A-Za-z]:\\.*?):(\d+:\d+)\)?$/

/** The innermost place that is none of Node's own. */
function thrownAt({ stack = '' }: Error): { readonly file: string; readonly place: string } | undefined {
  for (const line of stack.split('\n')) {
    const [, at, position] = FRAME.exec(line) ?? []
    if (at === undefined || position === undefined) continue
    const file = at.startsWith('file:') ? fileURLToPath(at) : at
    return { file, place: `${file}:${position}` }
  }
  return undefined
}

const isIn = (folder: string, file: string): boolean => !relative(folder, file).startsWith('..')
/** Not what it has installed for itself. */
const isCodeIn = (folder: string, file: string): boolean =>
  isIn(folder, file) && !relative(folder, file).split(sep).includes('node_modules')

/** Our packages lie beside each other, installed or in the repository. */
const PACKAGES = fileURLToPath(new URL('../../..', import.meta.url))
const isOurs = (file: string): boolean => isIn(PACKAGES, file) || isIn(join(PACKAGES, '..', 'plugins'), file)
