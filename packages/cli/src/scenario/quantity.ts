/** Quantities as steps carry them: whether a text is one, before a machine makes something of it. */
import { parseSize, U64_SPAN } from '@barter/core'

const U64 = /^(?:0x[0-9a-f]+|\d+)$/i
const TICKS = /^\d+(?:\.\d+)?\s*(?:us|ms|s)?$/

/** By the word that a schema has under `format`. */
export const QUANTITIES: Readonly<Record<string, { readonly is: (text: string) => boolean; readonly like: string }>> = {
  size: { is: isSize, like: 'a size: 4096, 0x1000 or 64 KiB' },
  u64: { is: isU64, like: 'a number of 64 bits: 4096, 0x1000 or 64 KiB' },
  ticks: { is: (text) => text === '' || TICKS.test(text.trim()), like: 'a length of time: 500 us, 30 ms or 1 s' },
}

function isSize(text: string): boolean {
  try {
    parseSize(text)
    return true
  } catch {
    return false
  }
}

function isU64(text: string): boolean {
  const plain = text.trim().replaceAll('_', '')
  return U64.test(plain) ? BigInt(plain) < U64_SPAN : isSize(text)
}

/** Exact bytes of a number or text that is an u64; `undefined` when it is none. */
export function u64Of(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined
  if (typeof value !== 'string' || !isU64(value)) return undefined
  const plain = value.trim().replaceAll('_', '')
  return U64.test(plain) ? BigInt(plain) : BigInt(parseSize(value))
}
