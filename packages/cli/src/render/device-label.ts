/** Devices in a few words. */
import { formatLength } from '@barter/core'
import type { DeviceReport } from '@barter/inspect'

/** `0000:03:00.0` -> `03:00.0`; other domains keep theirs. */
export const shortBdf = (bdf: string): string => bdf.replace(/^0000:/, '')

/** `NVMe 1b36:0010` */
export const deviceLabel = ({ className, id }: DeviceReport): string =>
  id === 'unknown' ? className : `${className} ${id}`

/** `BAR 0 16 KiB, BAR 2 64 MiB`; what can be lent, and why nothing if nothing can. */
export function barsLabel({ bars }: DeviceReport): string {
  const lendable = bars.filter(({ exportable }) => exportable !== false)
  if (lendable.length > 0) {
    return lendable
      .map(({ bar, length }) => `BAR ${bar}${length === null ? '' : ` ${formatLength(length)}`}`)
      .join(', ')
  }
  const why = bars[0]?.why
  return bars.length === 0 || why === undefined ? 'no BAR' : `no BAR to lend: ${why}`
}

/** `BAR 1 (it is I/O space), BAR 4 (128 B is less than a page)`: those that cannot be lent, beside others that can. */
export function refusedBars({ bars }: DeviceReport): string {
  if (!bars.some(({ exportable }) => exportable !== false)) return ''
  return bars
    .filter(({ exportable }) => exportable === false)
    .map(({ bar, why }) => `BAR ${bar}${why === undefined ? '' : ` (${why})`}`)
    .join(', ')
}
