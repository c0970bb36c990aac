/** Which BARs vfio-pci could lend as a dma-buf, by what a capture shows of them. */
import { type Bar, formatLength, isMemoryBar, KiB, type PciFunction } from '@barter/core'

export interface BarReport {
  readonly bar: number
  readonly kind: Bar['kind']
  /** Hex; `null` when it has none. */
  readonly address: string | null
  /** Bytes. */
  readonly length: number | null
  readonly exportable: boolean | 'unknown'
  /** Why not, or what would have to be known. */
  readonly why?: string
}

/** Pages of the machine. Those of arm64 and ppc64 may be larger; their captures do not say. */
const PAGE = 4 * KiB

/**
 * One BAR and whether it can be exported: memory space, an address, at least a page, on a function that vfio-pci takes.
 *
 * **Source** VFIO-14, VFIO-15, P2P-2, P2P-10
 */
export function barReport(fn: PciFunction, bar: Bar): BarReport {
  const why = obstacle(fn, bar)
  const { index, kind, start, length } = bar
  return {
    bar: index,
    kind,
    address: start === 0 ? null : `0x${start.toString(16)}`,
    length: length ?? null,
    exportable: why === undefined ? (length === undefined ? 'unknown' : true) : false,
    ...(why !== undefined ? { why } : length === undefined ? { why: 'its length is not known' } : {}),
  }
}

function obstacle(fn: PciFunction, bar: Bar): string | undefined {
  if (!isMemoryBar(bar)) return 'it is I/O space'
  if (!isEndpoint(fn)) return 'vfio-pci does not take bridges'
  if (fn.nonMappableBars === true) return 'the BARs of this function cannot be mapped'
  if (bar.start === 0) return 'it has no address'
  if (bar.length !== undefined && bar.length < PAGE) return `${formatLength(bar.length)} is less than a page`
  return undefined
}

/** Neither a bridge of any kind nor a host bridge. */
export const isEndpoint = (fn: PciFunction): boolean => fn.kind === 'endpoint' || fn.kind === 'rciep'
