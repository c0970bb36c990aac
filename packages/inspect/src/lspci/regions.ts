/** BARs in the words of lspci: `Region 0: Memory at fea04000 (32-bit, non-prefetchable) [size=4K]`. */
import { ADDRESS_LIMIT, type Bar, type BarKind, busAddr, physAddr } from '@barter/core'

export interface Regions {
  readonly bars: readonly Bar[]
  /** BARs that are there and could not be made sense of. */
  readonly unreadable: number
  readonly beyond: number
  /** `lspci -v` leaves the numbers of the BARs out; then they are counted. */
  readonly counted: boolean
}

const REGION =
  /(?:Region ([0-5]): )?((?:\[\w+\] )*)(Memory|I\/O ports) at (<[\w ]+>|[0-9a-f]{1,16})((?: \([^)]{0,60}\)| \[[^\]]{0,40}\])*)/g
const SIZE = /\[size=(\d+)([KMGTP]?)\]/
const UNITS: Readonly<Record<string, number>> = { '': 0, K: 1, M: 2, G: 3, T: 4, P: 5 }

/**
 * **Shape** the words of a function before its capabilities. A BAR without an address starts at 0; CPU and bus
 * addresses are taken to be the same, as lspci shows one of them. `[disabled]` says that decoding is off, not that the
 * BAR has no address; `[virtual]` that the kernel knows the address and the register does not hold it.
 */
export function regionsIn(head: string): Regions {
  const bars: Bar[] = []
  let unreadable = head.match(/\bRegion \d:/g)?.length ?? 0
  let beyond = 0
  let counted = false
  let next = 0
  for (const [, number, , space = '', at = '', more = ''] of head.matchAll(REGION)) {
    if (number === undefined) counted = true
    else unreadable--
    const kind = kindOf(space, more)
    const index = number === undefined ? next : Number(number)
    next = index + (kind === 'mem64' || kind === 'mem64pref' ? 2 : 1)
    if (index > 5 || bars.some((bar) => bar.index === index)) continue
    const address = at.startsWith('<') ? 0 : parseInt(at, 16)
    const length = lengthIn(more)
    if (address + (length ?? 0) > ADDRESS_LIMIT) {
      beyond++
      continue
    }
    // An I/O BAR that lspci does not show the address of tells nothing else either.
    if (address === 0 && length === undefined && kind === 'io') continue
    bars.push({ index, kind, start: physAddr(address), bus: busAddr(address), length })
  }
  return { bars, unreadable: Math.max(0, unreadable), beyond, counted }
}

function kindOf(space: string, more: string): BarKind {
  if (space === 'I/O ports') return 'io'
  const prefetchable = /[( ]prefetchable/.test(more)
  if (more.includes('64-bit')) return prefetchable ? 'mem64pref' : 'mem64'
  return prefetchable ? 'mem32pref' : 'mem32'
}

/** **Units** bytes. */
function lengthIn(more: string): number | undefined {
  const [, digits, unit = ''] = SIZE.exec(more) ?? []
  return digits === undefined || digits.length > 6 ? undefined : Number(digits) * 1024 ** (UNITS[unit] ?? 0)
}
