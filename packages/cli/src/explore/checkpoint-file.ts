/**
 * What `explore --checkpoint` writes and `--resume` reads: a line of JSON, and after it the visited states in base64. A hash
 * over all of it is in the first line, as a search that goes on from damaged states would be silently incomplete.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { SavedExploration } from '@barter/explore'
import { checkpointBroken, checkpointVersion } from '../errors.ts'
import { ownVersion } from '../program/own-version.ts'
import { BEGINNING, otherFile, schemaWhy, unreadWhy } from './unread-why.ts'
import type { SystemChoice } from '../scenario/system-choice.ts'

const SCHEMA = 'barter.checkpoint/4'
/** Bytes of the table in a line: a whole number of base64 groups. */
const LINE = 3 * 2 ** 18

export interface CheckpointFile {
  readonly choice: SystemChoice
  readonly exploration: SavedExploration
}

export function checkpointPieces({ table, ...rest }: SavedExploration, choice: SystemChoice): Iterable<string> {
  const bytes = table === undefined ? Buffer.alloc(0) : bytesOf(table)
  const body = JSON.stringify({
    choice: { plugin: choice.plugin, set: choice.set, switches: choice.switches },
    table: table?.length ?? null,
    ...rest,
  })
  const head = JSON.stringify({ schema: SCHEMA, version: ownVersion(), sha256: hashOf(body, bytes) })
  const lines = Array.from({ length: Math.ceil(bytes.length / LINE) }, (_, i) =>
    bytes.subarray(i * LINE, (i + 1) * LINE),
  )
  return [head, body, ...lines.map((line) => line.toString('base64'))].map((line) => `${line}\n`)
}

/** **Errors** `UsageError` `CHECKPOINT_BROKEN`, `CHECKPOINT_VERSION`. */
export function readCheckpoint(path: string, cwd: string): CheckpointFile {
  const content = contentOf(path, cwd)
  const other = otherFile(content.toString('utf8', 0, BEGINNING), 'checkpoint')
  if (other !== undefined) throw checkpointBroken(path, other)
  const [head = Buffer.alloc(0), body = Buffer.alloc(0), ...lines] = linesOf(content)
  const { schema, version, sha256 } = parsed(path, head)
  if (schema !== SCHEMA) throw checkpointBroken(path, schemaWhy(schema, SCHEMA))
  if (version !== ownVersion()) throw checkpointVersion(path, String(version), ownVersion())
  const bytes = Buffer.concat(lines.map((line) => Buffer.from(line.toString('latin1'), 'base64')))
  const text = body.toString('utf8')
  if (hashOf(text, bytes) !== sha256) throw checkpointBroken(path, 'it is damaged or cut short')
  const { choice, table, ...rest } = parsed(path, body)
  const exploration = rest as unknown as SavedExploration
  return {
    choice: choice as SystemChoice,
    exploration: table === null ? exploration : { ...exploration, table: wordsOf(bytes) },
  }
}

function linesOf(content: Buffer): readonly Buffer[] {
  const lines: Buffer[] = []
  for (let at = 0, end: number; at < content.length; at = end + 1) {
    end = content.indexOf(10, at)
    if (end < 0) end = content.length
    lines.push(content.subarray(at, end))
  }
  return lines
}

function contentOf(path: string, cwd: string): Buffer {
  try {
    return readFileSync(resolve(cwd, path))
  } catch (error) {
    throw checkpointBroken(path, unreadWhy(error))
  }
}

function parsed(path: string, line: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'))
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>
  } catch {
    throw checkpointBroken(path, 'it does not begin with a line of JSON')
  }
  throw checkpointBroken(path, 'it does not begin with a JSON object')
}

const hashOf = (body: string, bytes: Uint8Array): string =>
  createHash('sha256').update(body).update('\n').update(bytes).digest('hex')

/** Words are written with the low byte first, whatever the host does. */
function bytesOf(words: Int32Array): Buffer {
  const bytes = Buffer.alloc(words.length * 4)
  for (const [i, word] of words.entries()) bytes.writeInt32LE(word, i * 4)
  return bytes
}

function wordsOf(bytes: Buffer): Int32Array {
  const words = new Int32Array(bytes.length / 4)
  for (let i = 0; i < words.length; i++) words[i] = bytes.readInt32LE(i * 4)
  return words
}
