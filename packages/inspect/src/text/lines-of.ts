/** Bytes to lines, as a stream: memory holds one piece and one line, whatever the length of the whole. */
import { TextDecoder } from 'node:util'

/** Characters of a line that are kept; no line that a reader knows is longer. */
const LONGEST = 16_384

/** **Shape** UTF-8, or UTF-16 with its mark, as redirecting in Windows writes it. */
export class LineSplitter {
  #decoder: TextDecoder | undefined
  #rest = ''
  /** Within a line that is longer than is kept. */
  #skipping = false
  /** Characters that no text has, seen so far, and all characters. */
  #odd = 0
  #seen = 0

  /** The lines that end within `piece`. */
  push(piece: Uint8Array): string[] {
    this.#decoder ??= new TextDecoder(encodingOf(piece))
    return this.#split(this.#decoder.decode(piece, { stream: true }))
  }

  /** The last line, when no line end follows it. */
  end(): string[] {
    const lines = this.#split(`${this.#decoder?.decode() ?? ''}\n`)
    return lines.length === 1 && lines[0] === '' ? [] : lines
  }

  /** What came so far is no text: more than one character in ten is a control character or none at all. */
  get binary(): boolean {
    return this.#odd * 10 > this.#seen
  }

  #split(text: string): string[] {
    this.#seen += text.length
    this.#odd += text.match(ODD)?.length ?? 0
    const lines = text.split(/\r\n|\n|\r/)
    const last = lines.pop() ?? ''
    if (lines.length === 0) {
      this.#keep(last)
      return []
    }
    lines[0] = this.#rest + (this.#skipping ? '' : (lines[0] ?? ''))
    this.#rest = ''
    this.#skipping = false
    this.#keep(last)
    return lines
  }

  #keep(text: string): void {
    if (this.#skipping) return
    this.#rest += text
    if (this.#rest.length <= LONGEST) return
    this.#rest = this.#rest.slice(0, LONGEST)
    this.#skipping = true
  }
}

const ODD = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f\u007f\ufffd]/g

function encodingOf(piece: Uint8Array): string {
  if (piece[0] === 0xff && piece[1] === 0xfe) return 'utf-16le'
  return piece[0] === 0xfe && piece[1] === 0xff ? 'utf-16be' : 'utf-8'
}
