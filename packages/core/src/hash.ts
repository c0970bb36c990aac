/** Hashes of two 32-bit lanes. Good mixing, no security. */

/** One lane: absorb `x` into `h`. Both may be small numbers, so they must not cancel out. */
export function mixA(h: number, x: number): number {
  let k = Math.imul(h ^ Math.imul(x, 0xcc9e2d51), 0x9e3779b1)
  k = Math.imul(k ^ (k >>> 15), 0x85ebca77)
  return k ^ (k >>> 13)
}

/** The other lane, with other constants. */
export function mixB(h: number, x: number): number {
  let k = Math.imul(h ^ Math.imul(x, 0xc2b2ae3d), 0x27d4eb2f)
  k = Math.imul(k ^ (k >>> 16), 0x165667b1)
  return k ^ (k >>> 14)
}

/** A digest of a text, as 16 hexadecimal digits. */
export function textDigest(text: string): string {
  let a = 0x811c9dc5 | 0
  let b = 0x1b873593 | 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    a = mixA(a, code)
    b = mixB(b, code)
  }
  return hex(a) + hex(b)
}

const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0')

/** One word for a text. **Shape** `before`: the word of what the text goes on with. */
export function hashOfText(text: string, before = 0x811c9dc5 | 0): number {
  let hash = before
  for (let i = 0; i < text.length; i++) hash = mixA(hash, text.charCodeAt(i))
  return hash
}

/** A whole number below 2^30 for a text. */
export const smallHashOfText = (text: string): number => hashOfText(text) & 0x3fff_ffff

/** Sum of words that does not depend on their order. */
export const addWords = (a: number, b: number): number => (a + b) | 0
