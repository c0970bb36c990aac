/** The device's engine: walks a table and sends packets. */
import {
  type AccessRequest,
  type AccessResult,
  advance,
  type Bus,
  type Device,
  type Op,
  type SgTable,
} from '@barter/core'

export function* moveData(
  bus: Bus,
  from: Device,
  table: SgTable,
  { access, offset, length, data }: AccessRequest,
): Op<AccessResult> {
  const back = new Uint8Array(access === 'read' ? length : 0)
  let start = 0
  let moved = 0
  for (const entry of table.entries) {
    const into = offset + moved - start
    start += entry.length
    if (into >= entry.length) continue
    const part = Math.min(length - moved, entry.length - into)
    const packet = { from, access, at: advance(entry.address, into), length: part, mapping: table.mapping }
    const result = yield* bus.dma(data === undefined ? packet : { ...packet, data: turned(data, moved) })
    if (!result.arrived) return { ok: false, status: result.route.why }
    if (result.data !== undefined) back.set(result.data.subarray(0, part), moved)
    moved += part
    if (moved === length) break
  }
  return { ok: true, status: 'success', ...(access === 'read' ? { data: back } : {}) }
}

/** Data shorter than the transfer repeats: what is next after `moved` bytes. */
function turned(data: Uint8Array, moved: number): Uint8Array {
  const at = moved % data.length
  return at === 0 ? data : Uint8Array.of(...data.subarray(at), ...data.subarray(0, at))
}
