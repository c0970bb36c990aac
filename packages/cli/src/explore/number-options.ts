/** Numbers and durations among the options of `explore`. */
import { optionInvalid, shown } from '../errors.ts'

/** **Shape** `undefined` when it was not given; `without`: what holds then. **Errors** `OPTION_INVALID`. */
export function wholeNumber(
  option: string,
  text: string | undefined,
  least: number,
  without = 'no limit',
): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= MOST) return value
  const range = value > MOST && /^\d+$/.test(text) ? `${MOST} at most` : `a whole number from ${least} on`
  throw optionInvalid(option, `is ${range}, not ${shown(text)}`, `leave it out for ${without}`)
}

const MOST = 0xffff_ffff

/** About the longest time that a timer of the host can wait. */
const LONGEST = 500 * 3_600_000

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 }

/** **Shape** as `wholeNumber`. **Units** milliseconds. **Errors** `OPTION_INVALID`. */
export function duration(option: string, text: string | undefined, without = 'no limit'): number | undefined {
  if (text === undefined) return undefined
  const match = /^(\d+(?:\.\d+)?)\s*(s|m|h)?$/.exec(text)
  const unit = UNITS[match?.[2] ?? 's']
  if (match?.[1] === undefined || unit === undefined) {
    throw optionInvalid(option, `is a time such as 30s, 10m or 2h, not ${shown(text)}`, 'a bare number counts seconds')
  }
  const time = Number(match[1]) * unit
  if (time > 0 && time <= LONGEST) return time
  const range = time > 0 ? 'is 500h at most' : 'is longer than nothing'
  throw optionInvalid(option, `${range}, not ${shown(text)}`, `leave it out for ${without}`)
}
