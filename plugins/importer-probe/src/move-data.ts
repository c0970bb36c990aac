/** The device's DMA engine: walk the table, send packets, say how it ended. */
import {
  type AccessRequest,
  type AccessResult,
  advance,
  type Bus,
  type Device,
  type Op,
  type SgTable,
} from '@barter/core'

/** Move `length` bytes at `offset` of the mapping. An engine that knows no better: it uses the table it is given. */
export function* moveData(bus: Bus, from: Device, table: SgTable, request: AccessRequest): Op<AccessResult> {
  const read: Uint8Array[] = []
  let start = 0
  let done = 0
  for (const entry of table.entries) {
    const inEntry = request.offset + done - start
    start += entry.length
    if (inEntry >= entry.length) continue
    const length = Math.min(entry.length - inEntry, request.length - done)
    const data = request.data?.subarray(done % request.data.length)
    const result = yield* bus.dma({
      from,
      access: request.access,
      at: advance(entry.address, inEntry),
      length,
      mapping: table.mapping,
      ...(data === undefined ? {} : { data }),
    })
    if (!result.arrived) return { ok: false, status: result.route.why }
    if (result.data !== undefined) read.push(result.data)
    done += length
    if (done === request.length) break
  }
  if (done < request.length) return { ok: false, status: 'beyond the end of the mapping' }
  return { ok: true, status: 'success', ...(read.length === 0 ? {} : { data: joined(read) }) }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
