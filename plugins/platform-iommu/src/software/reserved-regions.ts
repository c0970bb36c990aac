/** Addresses that no IOVA may have: hardware on the way would take them for its own (DMA-7). */
import { ADDRESS_LIMIT, type Cpu, isMemoryBar, MiB, type Topology } from '@barter/core'

export interface Region {
  readonly start: number
  readonly length: number
}

/** Where x86 interrupt messages go: the root complex never translates them. */
const X86_MSI: Region = { start: 0xfee0_0000, length: MiB }
const X86 = /^(x86|x86_64|i[3-6]86|amd64)$/

/** **Shape** regions may overlap. **Units** bytes, bus addresses. **Source** DMA-7 */
export function reservedRegions(topology: Topology, hostBridge: string, cpu: Cpu): readonly Region[] {
  return [...interruptRegions(cpu), ...windows(topology, hostBridge), ...inboundGaps(topology, hostBridge)]
}

/** What no domain translates, whoever fills it. **Units** bytes. */
export const interruptRegions = ({ arch }: Cpu): readonly Region[] =>
  arch === undefined || X86.test(arch) ? [X86_MSI] : []

/** What a switch or the host bridge would decode as a device. */
function windows(topology: Topology, hostBridge: string): readonly Region[] {
  const known = topology.hostBridge(hostBridge).windows
  if (known.length > 0) {
    return known.map(({ start, length, busOffset }) => ({ start: start + busOffset, length }))
  }
  // A capture without the windows still tells what the devices decode.
  return topology.functions
    .filter((fn) => fn.hostBridge === hostBridge)
    .flatMap((fn) => fn.bars.filter(isMemoryBar))
    .flatMap(({ bus, length }) => (length === undefined || length === 0 ? [] : [{ start: bus, length }]))
}

/** Bus addresses that no inbound range carries to memory. */
function inboundGaps(topology: Topology, hostBridge: string): readonly Region[] {
  const ranges = [...topology.hostBridge(hostBridge).inbound].sort((a, b) => a.bus - b.bus)
  if (ranges.length === 0) return []
  const gaps: Region[] = []
  let free = 0
  for (const { bus, length } of ranges) {
    if (bus > free) gaps.push({ start: free, length: bus - free })
    free = Math.max(free, bus + length)
  }
  if (free < ADDRESS_LIMIT) gaps.push({ start: free, length: ADDRESS_LIMIT - free })
  return gaps
}
