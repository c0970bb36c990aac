/** Places in code that an error tells of. */
import { spawnSync } from 'node:child_process'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Place {
  readonly file: string
  /** With line and column. */
  readonly text: string
}

/** A line of a stack: a file by its path or as a URL, a line, a column. */
const FRAME = /^\s+at (?:.*\()?((?:file:\/\/)?\/.*?|[A-Za-z]:\\.*?):(\d+:\d+)\)?$/
/** What Node writes before the stack of an error of syntax. */
const HEAD = /^((?:file:\/\/)?\/.*?|[A-Za-z]:\\.*?):(\d+)$/

/** Innermost first, without those of Node's own. */
export function placesOf({ stack = '' }: Error): readonly Place[] {
  return stack.split('\n').flatMap((line) => {
    const [, at, position] = FRAME.exec(line) ?? []
    return at === undefined || position === undefined ? [] : [placeOf(at, position)]
  })
}

/** Where code could not be read, or what it did first went wrong. **Shape** `url`: of the module that was being loaded. */
export function placeOfLoading(error: unknown, url?: string): Place | undefined {
  if (!(error instanceof Error)) return undefined
  const head = placeOfHead(error.stack)
  if (head !== undefined) return head
  const [first] = placesOf(error)
  if (first !== undefined && !isOurs(first.file)) return first
  return error instanceof SyntaxError && url !== undefined ? placeOfSyntax(url) : undefined
}

function placeOfHead(stack = ''): Place | undefined {
  const [, at, position] = HEAD.exec(stack.split('\n')[0] ?? '') ?? []
  return at === undefined || position === undefined ? undefined : placeOf(at, position)
}

/** Node tells the line of an error of syntax to nobody who catches it, but writes it where nobody does. */
function placeOfSyntax(url: string): Place | undefined {
  const load = ['--input-type=module', '--eval', 'await import(process.argv[1])', url]
  return placeOfHead(spawnSync(process.execPath, load, { encoding: 'utf8', timeout: LOADING_MS }).stderr)
}

const LOADING_MS = 5000

function placeOf(at: string, position: string): Place {
  const file = at.startsWith('file:') ? fileURLToPath(at) : at
  return { file, text: `${file}:${position}` }
}

/** Our packages lie beside each other, installed or in the repository. */
const PACKAGES = fileURLToPath(new URL('../../..', import.meta.url))
const isIn = (folder: string, file: string): boolean => !relative(folder, file).startsWith('..')

export const isOurs = (file: string): boolean => isIn(PACKAGES, file) || isIn(join(PACKAGES, '..', 'plugins'), file)
