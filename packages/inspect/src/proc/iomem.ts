/** /proc/iomem: who owns which physical addresses. Read without root, every address in it is zero. */
import { ADDRESS_LIMIT, physAddr, type PhysRange } from '@barter/core'

interface IomemEntry extends PhysRange {
  /** Nesting: 0 at the top. */
  readonly depth: number
  readonly name: string
}

export interface Iomem {
  readonly entries: readonly IomemEntry[]
  /** There are entries, and all of them claim address zero. */
  readonly masked: boolean
}

const LINE = /^( *)([0-9a-f]{1,16})-([0-9a-f]{1,16}) : (.{0,200})/
const BUS = /^PCI Bus ([0-9a-f]{4,8}:[0-9a-f]{2})$/
/** A large machine has some ten thousand lines. */
const MOST_LINES = 200_000

/** Lines of another form are left out, and so are ranges that reach beyond 2^52. **Units** lengths in bytes. */
export function parseIomem(text: string): Iomem {
  const entries: IomemEntry[] = []
  let lines = 0
  let zero = 0
  for (const line of text.split('\n').slice(0, MOST_LINES)) {
    const [, indent = '', from = '', to = '', name = ''] = LINE.exec(line) ?? []
    if (from === '') continue
    lines++
    const start = BigInt(`0x${from}`)
    const last = BigInt(`0x${to}`)
    if (start === 0n && last === 0n) zero++
    if (last < start || last >= BigInt(ADDRESS_LIMIT)) continue
    const length = Number(last - start) + 1
    entries.push({ depth: indent.length / 2, start: physAddr(Number(start)), length, name: name.trim() })
  }
  return { entries, masked: lines > 0 && zero === lines }
}

/** RAM as the CPU sees it. */
export function systemRam(iomem: Iomem): PhysRange[] {
  if (iomem.masked) return []
  return iomem.entries.filter(({ name }) => name === 'System RAM').map(span)
}

/** The windows of host bridges, by the name of the root bus: `0000:00`. Buses below a bridge are in it too. */
export function busRanges(iomem: Iomem): ReadonlyMap<string, readonly PhysRange[]> {
  const ranges = new Map<string, PhysRange[]>()
  for (const entry of iomem.masked ? [] : iomem.entries) {
    const bus = BUS.exec(entry.name)?.[1]
    if (bus === undefined) continue
    const list = ranges.get(bus)
    if (list === undefined) ranges.set(bus, [span(entry)])
    else list.push(span(entry))
  }
  return ranges
}

const span = ({ start, length }: PhysRange): PhysRange => ({ start, length })
