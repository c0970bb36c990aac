/** Reads YAML, and JSON as the part of YAML that it is, keeping the place of every node. */
import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Range,
  type Scalar,
  visit,
  type YAMLError,
} from 'yaml'
import type { SourcePlace } from '@barter/core'
import { type Complaint, complaintError } from './complaint.ts'
import type { DataPath, ScenarioSource } from './source.ts'

/** Far more than a person writes; it keeps aliases of aliases from filling the memory. */
const MOST_ALIASES = 100

/** **Errors** `UsageError` `SCENARIO_INVALID` with places. */
export function yamlSource(name: string, folder: string, text: string): ScenarioSource {
  const lineCounter = new LineCounter()
  const document = parseDocument(text, {
    lineCounter,
    prettyErrors: false,
    intAsBigInt: true,
    stringKeys: true,
    logLevel: 'error',
  })
  const lines = text.split(/\r\n|\r|\n/)
  const at = (offset: number): SourcePlace => {
    const { line, col } = lineCounter.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const places = {
    name,
    folder,
    place: (path: DataPath) => placed(nodeAt(document, path), at),
    keyPlace: (path: DataPath) => placed(keyAt(document, path), at) ?? placed(nodeAt(document, path), at),
    line: (number: number) => lines[number - 1],
  }
  const [broken] = document.errors
  if (broken !== undefined) throw syntaxError(places, broken, at)
  plainNumbers(document)
  try {
    return { ...places, value: document.toJS({ maxAliasCount: MOST_ALIASES }) as unknown }
  } catch (cause) {
    const message = cause instanceof ReferenceError ? cause.message.replace(/^.*?: /, '') : String(cause)
    throw complaintError({ ...places, value: undefined }, [
      {
        path: [],
        message: `its aliases cannot be followed: ${message}`,
        hint: 'write the part out instead of using * and &',
      },
    ])
  }
}

/** Whole numbers that a double holds become numbers; larger ones stay as they were written, as text. */
function plainNumbers(document: Document): void {
  visit(document, {
    Scalar: (_key, node) => {
      if (typeof node.value !== 'bigint') return
      const scalar: Scalar = node
      const small = Number(node.value)
      scalar.value = Number.isSafeInteger(small) ? small : (node.source ?? String(node.value))
    },
  })
}

type Places = Omit<ScenarioSource, 'value'>

function syntaxError(places: Places, error: YAMLError, at: (offset: number) => SourcePlace) {
  const place = at(error.pos[0])
  const source: ScenarioSource = { ...places, value: undefined, place: () => place, keyPlace: () => place }
  const complaint: Complaint = { path: [], ...syntaxWords(error) }
  return complaintError(source, [complaint])
}

/** The parser's words, where a person would not know what to do with them. */
function syntaxWords(error: YAMLError): { message: string; hint?: string } {
  switch (error.code) {
    case 'DUPLICATE_KEY':
      return { message: 'this key is there twice', hint: 'leave one of the two out' }
    case 'TAB_AS_INDENT':
      return { message: 'a tab indents this line', hint: 'YAML indents with spaces only' }
    case 'MULTIPLE_DOCS':
      return { message: 'a second document begins here', hint: 'one file holds one scenario; drop the line ---' }
    case 'BLOCK_AS_IMPLICIT_KEY':
      return {
        message: 'the indentation is not clear here',
        hint: 'quote texts that have ": " in them, and align the keys',
      }
    default:
      return { message: `this is not valid YAML: ${lowerFirst(error.message.split('\n')[0] ?? '')}` }
  }
}

const lowerFirst = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1)

/** The node of a part, or of its nearest ancestor that is written. */
function nodeAt(document: Document, path: DataPath): Node | null {
  let node = resolved(document, document.contents)
  for (const part of path) {
    const next = childOf(document, node, part)
    if (next === null) return node
    node = next
  }
  return node
}

function childOf(document: Document, node: Node | null, part: string | number): Node | null {
  const value = isMap(node) ? pairOf(node.items, part)?.value : isSeq(node) ? node.items[Number(part)] : undefined
  return resolved(document, value as Node | null | undefined)
}

function keyAt(document: Document, path: DataPath): Node | null {
  const last = path.at(-1)
  if (last === undefined) return null
  const owner = nodeAt(document, path.slice(0, -1))
  return isMap(owner) ? ((pairOf(owner.items, last)?.key as Node | undefined) ?? null) : null
}

const pairOf = (items: readonly unknown[], key: string | number): Pair | undefined =>
  items
    .filter((item): item is Pair => isPair(item))
    .find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key))

/** What an alias stands for; its place is where it was written out. */
const resolved = (document: Document, node: Node | null | undefined): Node | null =>
  (isAlias(node) ? node.resolve(document) : node) ?? null

function placed(node: Node | null, at: (offset: number) => SourcePlace): SourcePlace | undefined {
  const range: Range | null | undefined = node?.range
  return range === null || range === undefined ? undefined : at(range[0])
}
