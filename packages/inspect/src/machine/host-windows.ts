/** Host bridges with their outbound windows, as far as /proc/iomem and the BARs tell. */
import { type Bar, contains, type HostBridge, type HostWindow, isMemoryBar, type PciFunction } from '@barter/core'
import { busRanges, type Iomem } from '../proc/iomem.ts'
import type { Gaps } from './gaps.ts'

/**
 * One host bridge for each id that a function names. A window's bus offset is that of the BARs inside it (P2P-4).
 *
 * **Not modelled** inbound ranges: sysfs does not show them.
 */
export function hostBridgesOf(functions: readonly PciFunction[], iomem: Iomem | undefined, gaps: Gaps): HostBridge[] {
  const windowsOf = iomem === undefined ? undefined : busRanges(iomem)
  const barsOf = new Map<string, Bar[]>()
  for (const { hostBridge, bars } of functions) {
    const list = barsOf.get(hostBridge) ?? []
    list.push(...bars.filter(isAddressed))
    barsOf.set(hostBridge, list)
  }
  return [...barsOf].map(([id, bars]) => {
    const ranges = windowsOf?.get(id) ?? []
    const windows = ranges.map((range): HostWindow => ({ ...range, busOffset: offsetIn(range, bars) }))
    if (windows.length === 0 && bars.some((bar) => bar.bus - bar.start !== 0)) {
      gaps.machine(`host bridge ${id} shows bus addresses that differ from CPU addresses, and its windows are unknown`)
    }
    return { id, windows, inbound: [] }
  })
}

const isAddressed = (bar: Bar): boolean => isMemoryBar(bar) && bar.start !== 0

function offsetIn(range: { readonly start: number; readonly length: number }, bars: readonly Bar[]): number {
  const inside = bars.find((bar) => contains(range.start, range.length, bar.start))
  return inside === undefined ? 0 : inside.bus - inside.start
}
