/** Virtual time for people. One tick is a microsecond. */

/** `12 us`, `100.04 ms`, `1.2 s` */
export function formatTicks(ticks: number): string {
  if (ticks < 1000) return `${ticks} us`
  if (ticks < 1_000_000) return `${trim(ticks / 1000)} ms`
  return `${trim(ticks / 1_000_000)} s`
}

/** Digits in groups, so that columns of times can be read: `100 043`. */
export const groupDigits = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ' ')

const trim = (value: number): string => String(Number(value.toFixed(2)))
