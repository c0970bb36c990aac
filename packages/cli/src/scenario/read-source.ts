/** Gets a scenario from a file: YAML or JSON text, or a module whose default export it is. */
import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { scenarioMissing, scenarioUnreadable } from '../errors.ts'
import { exampleFile, exampleNames } from '../examples/tour.ts'
import type { ScenarioSource } from './source.ts'

const TEXT = ['.yaml', '.yml', '.json']
const MODULES = ['.mjs', '.js', '.cjs', '.ts', '.mts']
/** No person writes more, and a wrong file is refused before it is parsed. */
const LARGEST = 2 * 1024 * 1024

/** **Shape** `path`: a file, or the name of an example where there is no such file. **Errors** `UsageError` `SCENARIO_MISSING`, `SCENARIO_UNREADABLE`, `SCENARIO_INVALID`. */
export async function readSource(path: string, cwd: string): Promise<ScenarioSource> {
  const file = await fileAt(path, resolve(cwd, path))
  const extension = extname(file).toLowerCase()
  if (TEXT.includes(extension)) {
    const { yamlSource } = await import('./yaml-source.ts')
    return yamlSource(path, dirname(file), await readText(path, file))
  }
  if (MODULES.includes(extension)) return moduleSource(path, file)
  throw scenarioUnreadable(path, 'is of no known kind', `a scenario ends in ${[...TEXT, ...MODULES].join(', ')}`)
}

/** The file that a person means by `path`. **Errors** `SCENARIO_MISSING`, `SCENARIO_UNREADABLE`. */
export const scenarioFileAt = (path: string, cwd: string): Promise<string> => fileAt(path, resolve(cwd, path))

async function fileAt(path: string, file: string): Promise<string> {
  const found = await stat(file).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return undefined
    throw scenarioUnreadable(path, `cannot be read (${cause.code ?? cause.message})`, 'check its permissions', cause)
  })
  if (found === undefined) {
    const example = await exampleFile(path)
    if (example === undefined) throw scenarioMissing(path, await exampleNames())
    return example
  }
  if (found.isDirectory()) throw scenarioUnreadable(path, 'is a folder', 'name one of the files in it')
  if (found.size > LARGEST) {
    throw scenarioUnreadable(
      path,
      'is larger than 2 MiB',
      'a scenario is a small text; is this a capture? Name it under machine',
    )
  }
  return file
}

async function readText(path: string, file: string): Promise<string> {
  const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    throw scenarioUnreadable(path, `cannot be read (${cause.code ?? cause.message})`, 'check its permissions', cause)
  })
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw scenarioUnreadable(path, 'is not text in UTF-8', 'save it as UTF-8', cause)
  }
}

/** Data from a program: its numbers may be of any kind, and there are no places to point at. */
async function moduleSource(name: string, file: string): Promise<ScenarioSource> {
  const module = await importScenario(name, file)
  if (module.default === undefined) {
    const hint = `write: export default { title: ..., actors: ... } in ${basename(file)}`
    throw scenarioUnreadable(name, 'has no default export', hint)
  }
  const value = plainData(
    name,
    typeof module.default === 'function' ? (module.default as () => unknown)() : module.default,
  )
  const nowhere = (): undefined => undefined
  return { name, folder: dirname(file), value, place: nowhere, keyPlace: nowhere, line: nowhere }
}

/** As a text file would have it: numbers of 64 bits are text when a double does not hold them. */
function plainData(name: string, value: unknown): unknown {
  const plain = (_key: string, part: unknown): unknown => {
    if (typeof part !== 'bigint') return part
    const small = Number(part)
    return Number.isSafeInteger(small) ? small : `0x${part.toString(16)}`
  }
  try {
    return JSON.parse(JSON.stringify(value, plain) ?? 'null')
  } catch (cause) {
    const hint = 'a scenario is lists, objects, texts and numbers, and nothing refers back to itself'
    throw scenarioUnreadable(name, 'is not plain data', hint, cause)
  }
}

async function importScenario(name: string, file: string): Promise<{ readonly default?: unknown }> {
  try {
    return (await import(pathToFileURL(file).href)) as { readonly default?: unknown }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ERR_UNKNOWN_FILE_EXTENSION') {
      const hint = 'use Node 22.18 or later, or write it as .mjs or .yaml'
      throw scenarioUnreadable(name, `needs TypeScript, which Node ${process.versions.node} does not run`, hint, cause)
    }
    const hint = 'run it with node alone to see where it fails, or use --debug'
    throw scenarioUnreadable(name, `fails when it is loaded: ${message.split('\n')[0] ?? ''}`, hint, cause)
  }
}
