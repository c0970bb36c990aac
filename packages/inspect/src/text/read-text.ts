/** A text of any kind to what it tells: every line is offered to each reader. */
import type { UsageError } from '@barter/core'
import { captureFormat, captureTooBig } from '../errors.ts'
import { AcsLinesReader } from '../acs-lines/acs-lines-reader.ts'
import { IdBook } from '../ids/id-book.ts'
import { GroupsReader } from '../iommu-groups/groups-reader.ts'
import { TreeReader } from '../lspci-tree/tree-reader.ts'
import { isHexRow } from '../lspci/hex-dump.ts'
import { LspciReader } from '../lspci/lspci-reader.ts'
import type { MachineFacts } from '../machine/machine-facts.ts'
import { ProcReader } from '../proc/proc-reader.ts'
import { UdevReader } from '../udev/udev-reader.ts'
import type { LineReader } from './line-reader.ts'
import { LineSplitter } from './lines-of.ts'
import { textLine } from './text-line.ts'

export interface TextLimits {
  /** Bytes of the whole. A large machine in text and hex has some hundred MiB. */
  readonly whole: number
  /** Bytes without a line that anybody knows. */
  readonly barren: number
}

const MiB = 1_048_576
const TEXT_LIMITS: TextLimits = { whole: 512 * MiB, barren: 4 * MiB }

/** In the order in which they are asked: the reader of lspci takes whatever follows a function, so it comes last. */
function readersOf(name: string): { readonly readers: readonly LineReader[]; readonly lspci: LspciReader } {
  const book = new IdBook()
  const lspci = new LspciReader(name, book)
  const before = [new UdevReader(name), new GroupsReader(name, book), new TreeReader(name, book), new ProcReader(name)]
  return { readers: [...before, lspci, new AcsLinesReader(name)], lspci }
}

/**
 * Read a text as a stream.
 *
 * **Shape** one for each kind of thing found; never none.
 * **Errors** `CAPTURE_FORMAT`, `CAPTURE_TOO_BIG`, `CAPTURE_TOO_LITTLE`.
 */
export async function readText(
  name: string,
  pieces: AsyncIterable<Uint8Array>,
  limits: TextLimits = TEXT_LIMITS,
): Promise<MachineFacts[]> {
  const { readers, lspci } = readersOf(name)
  const splitter = new LineSplitter()
  let number = 0
  let bytes = 0
  let blank = false
  const take = (lines: readonly string[]): void => {
    for (const text of lines) {
      number++
      // Of blank lines in a row one says it all.
      if (text === '' && blank) continue
      blank = text === ''
      const line = textLine(text, number)
      // Most lines of a large dump are rows of bytes, which only one reader knows.
      if (isHexRow(line.body) && lspci.take(line)) continue
      for (const reader of readers) if (reader.take(line)) break
    }
  }
  for await (const piece of pieces) {
    bytes += piece.length
    if (bytes > limits.whole) throw captureTooBig(name, 'the text', limits.whole, 'bytes')
    take(splitter.push(piece))
    if (splitter.binary) throw captureFormat(name, 'no text, and no archive that is known here')
    if (bytes > limits.barren && !readers.some(({ found }) => found)) throw captureFormat(name, NOTHING)
  }
  take(splitter.end())
  const facts = readers.flatMap((reader) => reader.end())
  if (facts.length > 0) return facts
  throw tooLittle(readers) ?? captureFormat(name, NOTHING)
}

const NOTHING = 'text in which nothing of a machine can be found'

function tooLittle(readers: readonly LineReader[]): UsageError | undefined {
  return readers.map((reader) => reader.tooLittle?.()).find((error) => error !== undefined)
}
