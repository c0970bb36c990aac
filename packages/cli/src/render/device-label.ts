/** Devices in a few words. */
import { formatLength } from '@barter/core'
import type { DeviceReport } from '@barter/inspect'

/** `0000:03:00.0` -> `03:00.0`; other domains keep theirs. */
export const shortBdf = (bdf: string): string => bdf.replace(/^0000:/, '')

/** `NVMe 1b36:0010`; `3D Tesla P100 PCIe 12GB` where the capture has a name. */
export function deviceLabel({ className, id, name }: DeviceReport): string {
  const short = name === undefined ? '' : shortName(name)
  if (short !== '') return short.startsWith(className) ? short : `${className} ${short}`
  return id === 'unknown' ? className : `${className} ${id}`
}

/** The same with all that is known: `3D NVIDIA Corporation GP100GL [Tesla P100 PCIe 12GB] (10de:15f7)`. */
export function deviceWords({ className, id, name }: DeviceReport): string {
  const ids = id === 'unknown' ? '' : name === undefined ? ` ${id}` : ` (${id})`
  return `${className}${name === undefined ? '' : ` ${printable(name)}`}${ids}`
}

/** What vendors put behind their name; the last one within the first words ends it. */
const COMPANY =
  /^(?:\S+ ){0,5}(?:Corporation|Corp\.?|Inc\.?|Ltd\.?|Technologies|Technology|subsidiaries|Systems|Semiconductor)(?: \[[^\]]*\])? (?=\S)/

/** The name that people call it by: what stands in brackets at the end, else what comes behind the vendor. */
function shortName(written: string): string {
  const name = printable(written)
  const called = / \[([^[\]]+)\]$/.exec(name)?.[1]
  if (called !== undefined && !called.includes('mode')) return called
  const rest = name.replace(COMPANY, '')
  // What lspci says of an id that it has no name for.
  return /(?:^| )Device(?: [0-9a-f]{4})?$/.test(rest) ? '' : rest
}

/** `BAR 0 16 KiB, BAR 2 64 MiB`; what can be lent, and why nothing if nothing can. */
export function barsLabel({ bars, barsUnknown }: DeviceReport): string {
  if (barsUnknown === true) return 'BARs not known'
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

/** Names come from files of strangers, and go to a terminal. */
const printable = (text: string): string => text.replaceAll(/\p{C}/gu, '')
