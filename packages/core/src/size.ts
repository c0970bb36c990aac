/** Sizes and addresses as people write them: `64 MiB`, `0x4000`, `4096`. */
import { ADDRESS_LIMIT, GiB, KiB, MiB } from './address.ts'
import { UsageError } from './errors.ts'

const UNITS: Readonly<Record<string, number>> = { b: 1, kib: KiB, mib: MiB, gib: GiB, tib: 1024 * GiB }
const HEX = /^0x([0-9a-f]+)$/i
const DECIMAL = /^(\d+)(?:\.(\d+))?\s*([a-z]*)$/i

/**
 * Bytes of a size or address. Underscores may group digits; a fraction must come out as whole bytes.
 *
 * **Units** bytes, below 2^52. **Errors** `UsageError` `SIZE_INVALID`.
 */
export function parseSize(size: number | string): number {
  const bytes = typeof size === 'number' ? size : bytesOf(size, size.trim().replaceAll('_', ''))
  if (!Number.isInteger(bytes) || bytes < 0) throw invalid(size, 'is not a whole number of bytes')
  if (bytes >= ADDRESS_LIMIT) throw invalid(size, 'is not below 2^52 bytes')
  return bytes
}

function bytesOf(size: string, text: string): number {
  const hex = HEX.exec(text)
  if (hex !== null) return parseInt(hex[1] ?? '', 16)
  const [, whole, fraction = '', unit = ''] = DECIMAL.exec(text) ?? []
  if (whole === undefined) throw invalid(size, 'is not a size')
  const factor = UNITS[unit.toLowerCase() || 'b']
  if (factor === undefined) throw invalid(size, `has the unit ${unit}, which is not one of B, KiB, MiB, GiB, TiB`)
  // A double cannot hold 0.1 GiB; the digits behind the point are scaled as a whole number, and must divide exactly.
  const scaled = fraction === '' ? 0n : BigInt(fraction) * BigInt(factor)
  const divisor = 10n ** BigInt(fraction.length)
  if (scaled % divisor !== 0n) throw invalid(size, 'is not a whole number of bytes')
  return Number(whole) * factor + Number(scaled / divisor)
}

const invalid = (size: number | string, why: string): UsageError =>
  new UsageError('SIZE_INVALID', `size ${JSON.stringify(size)} ${why}`, {
    hint: 'write bytes as a number, hex as 0x4000, or with a unit as 64 MiB',
  })
