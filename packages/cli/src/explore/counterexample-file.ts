/** What `explore -o` writes and `replay` reads: a counterexample with all that it takes to run it again. */
import { readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import type { Counterexample } from '@barter/explore'
import { counterexampleBroken } from '../errors.ts'
import type { SystemChoice } from '../scenario/system-choice.ts'
import { BEGINNING, otherFile, schemaWhy, unreadWhy } from './unread-why.ts'

const SCHEMA = 'barter.counterexample/1'

export const isCounterexample = (document: unknown): boolean =>
  typeof document === 'object' && document !== null && 'schema' in document && document.schema === SCHEMA

export interface CounterexampleFile {
  /** As seen from the folder of the file. */
  readonly scenario: string
  readonly choice: SystemChoice
  readonly token: string
}

export function counterexampleText(
  found: Counterexample,
  scenario: string,
  choice: SystemChoice,
  file: string,
): string {
  const { violation, token, length, switches } = found
  const document = {
    schema: SCHEMA,
    scenario: relative(dirname(file), scenario) || scenario,
    choice: { plugin: choice.plugin ?? [], set: choice.set ?? [], switches: choice.switches ?? null },
    token,
    length,
    switches,
    violation,
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

/** **Shape** `undefined` for what is no file. **Errors** `COUNTEREXAMPLE_BROKEN`. */
export function readCounterexample(path: string, cwd: string): CounterexampleFile | undefined {
  const file = resolve(cwd, path)
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw counterexampleBroken(path, unreadWhy(error))
  }
  const other = otherFile(text.slice(0, BEGINNING), 'counterexample')
  if (other !== undefined) throw counterexampleBroken(path, other)
  const document = parsed(text, path)
  const { schema, scenario, choice, token } = document
  if (schema !== SCHEMA) throw counterexampleBroken(path, schemaWhy(schema, SCHEMA))
  if (typeof scenario !== 'string' || typeof token !== 'string' || typeof choice !== 'object' || choice === null) {
    throw counterexampleBroken(path, 'scenario, choice or token is missing')
  }
  const { plugin, set, switches } = choice as Record<string, unknown>
  return {
    scenario: resolve(dirname(file), scenario),
    token,
    choice: {
      plugin: texts(plugin),
      set: texts(set),
      ...(typeof switches === 'string' ? { switches } : {}),
    },
  }
}

function parsed(text: string, path: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>
  } catch (error) {
    throw counterexampleBroken(path, `it is no JSON${error instanceof Error ? `: ${error.message}` : ''}`)
  }
  throw counterexampleBroken(path, 'it is no JSON object')
}

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
