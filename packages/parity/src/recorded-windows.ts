/**
 * Windows of the host bridges of a recorded machine, which recordings do not tell. They are taken to be as on the PC they
 * were made on: the first host bridge decodes everything between memory and the interrupt controllers that no other one
 * needs for its devices, and each decodes what its devices have above 4 GiB.
 */
import { GiB, type HostWindow, MiB, physAddr } from '@barter/core'
import type { RecordedDevice } from './recording.ts'

/** The interrupt controllers, behind which a PC has no more windows. */
const END_OF_LOW_WINDOWS = 0xfec0_0000
const GRANULE = MiB

interface Span {
  readonly start: number
  readonly end: number
}

/** By host bridge, in the order of the recording. **Units** `memory` bytes of RAM, from address 0. */
export function windowsOfRecorded(
  devices: readonly RecordedDevice[],
  memory: number,
): ReadonlyMap<string, readonly HostWindow[]> {
  const ids = [...new Set(devices.map((device) => device.hostBridge))]
  const needs = new Map(ids.map((id) => [id, needsOf(devices.filter((device) => device.hostBridge === id))]))
  const [first] = ids
  return new Map(
    ids.map((id) => {
      const own = needs.get(id) ?? []
      if (id !== first) return [id, own.map(windowOf)]
      const others = ids.filter((other) => other !== id).flatMap((other) => needs.get(other) ?? [])
      const low = without({ start: memory, end: END_OF_LOW_WINDOWS }, others.filter(isLow))
      return [id, [...low, ...own.filter((span) => !isLow(span))].map(windowOf)]
    }),
  )
}

const windowOf = ({ start, end }: Span): HostWindow => ({ start: physAddr(start), length: end - start, busOffset: 0 })

const isLow = ({ start }: Span): boolean => start < 4 * GiB

/** From the first to the last byte of the memory BARs, below and above 4 GiB. */
function needsOf(devices: readonly RecordedDevice[]): readonly Span[] {
  const bars = devices.flatMap((device) => device.bars).filter((bar) => bar.kind !== 'io')
  const spans = bars.map((bar): Span => ({ start: Number(bar.phys), end: Number(bar.phys) + Number(bar.length) }))
  return [spans.filter(isLow), spans.filter((span) => !isLow(span))].flatMap(joined)
}

function joined(spans: readonly Span[]): readonly Span[] {
  if (spans.length === 0) return []
  const start = Math.min(...spans.map((span) => span.start))
  const end = Math.max(...spans.map((span) => span.end))
  return [{ start: Math.floor(start / GRANULE) * GRANULE, end: Math.ceil(end / GRANULE) * GRANULE }]
}

/** What is left of a span. */
function without(span: Span, holes: readonly Span[]): readonly Span[] {
  const left: Span[] = []
  let at = span.start
  for (const hole of [...holes].sort((a, b) => a.start - b.start)) {
    if (hole.start > at) left.push({ start: at, end: Math.min(hole.start, span.end) })
    at = Math.max(at, hole.end)
  }
  return at < span.end ? [...left, { start: at, end: span.end }] : left
}
