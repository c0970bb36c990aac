/** Text of a scenario as the bytes a device moves, and back. */

const ASCII_END = 0x80

/** UTF-8. */
export function bytesOfText(text: string): Uint8Array {
  const plain = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code >= ASCII_END) return utf8OfText(text)
    plain[i] = code
  }
  return plain
}

function utf8OfText(text: string): Uint8Array {
  const bytes: number[] = []
  for (const part of encodeURIComponent(text).matchAll(/%([0-9A-F]{2})|(.)/g)) {
    bytes.push(part[1] === undefined ? (part[2] ?? '').charCodeAt(0) : parseInt(part[1], 16))
  }
  return Uint8Array.from(bytes)
}

/** Starts with the bytes of `text`; data shorter than the text has to be a beginning of it. */
export function beginsWith(data: Uint8Array, text: string): boolean {
  const wanted = bytesOfText(text)
  return data.length > 0 && data.every((byte, i) => i >= wanted.length || byte === wanted[i])
}

const SHOWN = 32

/** `"hello"` when all of it is printable, else `ff ff ff … (4096 bytes)`. */
export function previewOf(data: Uint8Array): string {
  const first = [...data.subarray(0, SHOWN)]
  const rest = data.length > SHOWN ? ` … (${data.length} bytes)` : ''
  if (first.every((byte) => byte >= 0x20 && byte < 0x7f)) return `"${String.fromCharCode(...first)}"${rest}`
  return `${first.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')}${rest}`
}
