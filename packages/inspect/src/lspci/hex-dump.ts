/** The rows of `lspci -x`, `-xxx` and `-xxxx`: `100: 0d 00 01 16 ...`. */

const ROW = /^([0-9a-f]{2,3}):((?: [0-9a-f]{2}){1,16})$/i
const ROW_BYTES = 16
const MOST_BYTES = 4096
/** What is less than a header tells nothing. */
const HEADER_BYTES = 64

export const isHexRow = (body: string): boolean => ROW.test(body)

export class HexDump {
  readonly #rows = new Map<number, Uint8Array>()

  get length(): number {
    return this.#rows.size * ROW_BYTES
  }

  /** **Shape** false: the line is no such row. The first row for a place counts. */
  take(body: string): boolean {
    const [, at = '', bytes = ''] = ROW.exec(body) ?? []
    if (at === '') return false
    const offset = parseInt(at, 16)
    const row = Uint8Array.from(bytes.trim().split(' '), (byte) => parseInt(byte, 16))
    if (offset % ROW_BYTES === 0 && row.length === ROW_BYTES && !this.#rows.has(offset)) this.#rows.set(offset, row)
    return true
  }

  /** Rows lie behind one that is missing. */
  get hole(): boolean {
    return (this.bytes()?.length ?? 0) < this.length
  }

  /** The bytes up to the first that is missing; `undefined` for less than a header. */
  bytes(): Uint8Array | undefined {
    let length = 0
    while (length < MOST_BYTES && this.#rows.has(length)) length += ROW_BYTES
    if (length < HEADER_BYTES) return undefined
    const bytes = new Uint8Array(length)
    for (const [at, row] of this.#rows) if (at < length) bytes.set(row, at)
    return bytes
  }
}
