/** What a driver's word answered, as a line of a timeline. */
import { formatLength, hex, type StepValue } from '@barter/core'

/** Longer answers are for programs, which read the report. */
const LONGEST = 120

/** `ok`, `ok: size 64 KiB, published true`. An answer with a table in it is for programs too. */
export function answerText(value: StepValue | undefined): string {
  const text = value === undefined || hasTable(value) ? '' : partText('', value)
  if (text === '') return 'ok'
  return `ok: ${text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text}`
}

const hasTable = (value: StepValue): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).some(
    (part: StepValue) => Array.isArray(part) && part.some((item: StepValue) => typeof item === 'object'),
  )

/** **Shape** `key`: what it is called, by which lengths and addresses are told from counts. */
function partText(key: string, value: StepValue): string {
  if (value === null) return key === '' ? '' : 'none'
  if (typeof value === 'number') return numberText(key, value)
  if (typeof value === 'bigint') return hex(value)
  if (typeof value !== 'object') return String(value)
  if (Array.isArray(value)) {
    const items = value as readonly StepValue[]
    return items.map((item) => partText(key, item)).join(items.some((item) => typeof item === 'object') ? '; ' : ' ')
  }
  return Object.entries(value)
    .map(([inner, item]) => `${inner} ${partText(inner, item)}`.trimEnd())
    .join(', ')
}

function numberText(key: string, value: number): string {
  if (/^(length|size|available)$|Bytes$/.test(key)) return formatLength(value)
  return /^(start|address|offset|value)$/.test(key) ? hex(value) : String(value)
}
