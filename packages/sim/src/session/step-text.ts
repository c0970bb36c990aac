/** A step in words, for timelines and reports: `export nvme, bar 0, as buf`. */
import { formatLength, hex, type Step, type StepValue } from '@barter/core'

export function stepText(step: Step): string {
  const parts = Object.entries(step.args).map(([key, value]) => `${key} ${valueText(key, value)}`)
  if (step.as !== undefined) parts.push(`as ${step.as}`)
  const head = step.target === '' ? step.verb : `${step.verb} ${step.target}`
  return [head, ...parts].join(', ')
}

const ADDRESSES = ['address', 'at', 'from', 'iova', 'offset', 'to']

/** Bytes read as people write them, offsets in hex; what was text stays as it was written. */
function valueText(key: string, value: StepValue): string {
  if (typeof value === 'number') {
    if (key === 'length') return formatLength(value)
    return ADDRESSES.includes(key) ? hex(value) : String(value)
  }
  if (typeof value === 'bigint') return hex(value)
  if (typeof value === 'string') return key === 'data' || key === 'expectData' ? JSON.stringify(value) : value
  if (Array.isArray(value)) return (value as readonly StepValue[]).map((item) => valueText('', item)).join(' + ')
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.entries(value)
    .map(([inner, item]) => `${inner} ${valueText(inner, item)}`)
    .join(' ')
}
