/** Numbers and durations among the options of `explore`. */
import { optionInvalid } from '../errors.ts'

/** **Shape** `undefined` when it was not given. **Errors** `OPTION_INVALID`. */
export function wholeNumber(option: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= 0xffff_ffff) return value
  throw optionInvalid(option, `is a whole number from ${least} on, not ${text}`, 'leave it out for no limit')
}

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 }

/** **Units** milliseconds. **Errors** `OPTION_INVALID`. */
export function duration(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const match = /^(\d+(?:\.\d+)?)\s*(s|m|h)?$/.exec(text)
  const unit = UNITS[match?.[2] ?? 's']
  if (match?.[1] === undefined || unit === undefined) {
    throw optionInvalid(option, `is a time such as 30s, 10m or 2h, not ${text}`, 'a bare number counts seconds')
  }
  return Number(match[1]) * unit
}
