/** XML as a stream: hwloc's lstopo and NCCL's topology, told by their root element. */
import { TextDecoder } from 'node:util'
import sax from 'sax'
import { captureBroken, captureFormat, captureTooBig } from '../errors.ts'
import { LstopoReader } from '../lstopo/lstopo-reader.ts'
import type { MachineFacts } from '../machine/machine-facts.ts'
import { NcclReader } from '../nccl/nccl-reader.ts'

/** What is asked of a reader of elements. Attributes are as written, with the entities of XML itself replaced. */
export interface ElementReader {
  open(element: string, attributes: Readonly<Record<string, string>>): void
  close(element: string): void
  end(): MachineFacts
}

/** The largest machines have some MiB. */
const MOST_BYTES = 64 * 1_048_576
const DEEPEST = 512

const PAGE = /^\W*<(!doctype html|html|head|body|pre|code|div|span|p)\b/i

/** The text begins like XML, and not like a page that someone saved with a listing in it. */
export const isXml = (head: Uint8Array): boolean =>
  /^(\ufeff|\u00ef\u00bb\u00bf)?\s*<[?!a-zA-Z]/.test(latin(head)) && !PAGE.test(latin(head))

const latin = (head: Uint8Array): string => new TextDecoder('latin1').decode(head.subarray(0, 256))

/**
 * Read a topology in XML. No entity is ever fetched or expanded, but those of XML itself.
 *
 * **Errors** `CAPTURE_FORMAT` for other XML, `CAPTURE_BROKEN`, `CAPTURE_TOO_BIG`.
 */
export async function readXml(name: string, pieces: AsyncIterable<Uint8Array>): Promise<MachineFacts> {
  const parser = sax.parser(true, { position: true })
  const decoder = new TextDecoder()
  let reader: ElementReader | undefined
  let depth = 0
  parser.onerror = (error) => {
    throw captureBroken(
      name,
      `its XML is not well formed: ${error.message.split('\n')[0] ?? ''}, line ${parser.line + 1}`,
      error,
    )
  }
  parser.onopentag = ({ name: element, attributes }) => {
    if (++depth > DEEPEST) throw captureBroken(name, `its elements are nested deeper than ${DEEPEST}`)
    reader ??= readerFor(name, element)
    reader.open(element, attributes as Record<string, string>)
  }
  parser.onclosetag = (element) => {
    depth--
    reader?.close(element)
  }
  let bytes = 0
  for await (const piece of pieces) {
    bytes += piece.length
    if (bytes > MOST_BYTES) throw captureTooBig(name, 'the XML', MOST_BYTES, 'bytes')
    parser.write(decoder.decode(piece, { stream: true }))
  }
  parser.write(decoder.decode()).close()
  if (reader === undefined) throw captureFormat(name, OTHER)
  return reader.end()
}

const OTHER = 'XML, but neither the output of lstopo nor a topology of NCCL'

function readerFor(name: string, root: string): ElementReader {
  if (root === 'topology') return new LstopoReader(name)
  if (root === 'system') return new NcclReader(name)
  throw captureFormat(name, OTHER)
}
