/** `UVERBS_METHOD_DMABUF_ALLOC`: a buffer of one whole entry. */
import {
  type DmaBuf,
  type ExportRequest,
  failPoint,
  KernelError,
  type Op,
  p2pProvider,
  type P2pProvider,
} from '@barter/core'
import type { EntryPlace, MmapEntry } from './mmap-entry.ts'
import type { UverbsServices } from './services.ts'
import { UverbsBuffer } from './uverbs-buffer.ts'
import type { UverbsContext } from './uverbs-context.ts'

/**
 * Lend an entry. The process has one there, or gets one first, as a verbs library does.
 *
 * **Locks** within a call of the context; takes the entry's.
 * **Errors** in order: EINVAL for a request that this call cannot say, and for a piece of an entry; those of `placeEntry`;
 * EOPNOTSUPP without P2PDMA; ENOMEM; EIO when the entry was taken away meanwhile.
 */
export function* lendEntry(services: UverbsServices, context: UverbsContext, request: ExportRequest): Op<DmaBuf> {
  const place = placeOf(request)
  const entry = entryAt(context, place)
  const { device } = context
  const provider = providerOf(services, context, place)
  failPoint(services.hooks, 'dmabuf:export', device, 'ENOMEM', 'RDMA-18')
  const name = request.name ?? `${device.name}.bar${place.bar}#${services.nextBuffer()}`
  const buffer = new UverbsBuffer(services, { name, entry, provider, context })
  yield* entry.lock.lock()
  const { removed } = entry
  if (!removed) entry.buffers.push(buffer)
  entry.lock.unlock()
  if (removed) {
    buffer.dmabuf.put()
    throw new KernelError('EIO', 'RDMA-18', `the pages of ${device.name} were taken away meanwhile`)
  }
  const { bar, length } = place
  services.trace.emit({ kind: 'export', buffer: name, device: device.name, bar, length, state: 'live' })
  return buffer.dmabuf
}

/** One range, and none of the fields that only other ioctls have. */
function placeOf({ bar, ranges, flags, nrRanges, argsz }: ExportRequest): EntryPlace {
  const [range] = ranges
  const others = [flags, nrRanges, argsz].some((field) => field !== undefined && field !== 0)
  if (range === undefined || ranges.length > 1 || others) throw invalid('a buffer is one piece, and has no flags')
  return { bar, offset: Number(range.offset), length: Number(range.length) }
}

function entryAt(context: UverbsContext, place: EntryPlace): MmapEntry {
  const there = context.entries.find(({ place: { bar, offset } }) => bar === place.bar && offset === place.offset)
  if (there === undefined) return context.allocate(place)
  const { length } = there.place
  if (length !== place.length) throw invalid(`the process has ${length} bytes there, not ${place.length}`)
  return there
}

function providerOf({ facts, trace }: UverbsServices, { device }: UverbsContext, { bar }: EntryPlace): P2pProvider {
  const provider = facts.config.p2pdma ? p2pProvider(device, bar, trace) : null
  if (provider !== null) return provider
  throw new KernelError('EOPNOTSUPP', 'P2P-6', `BAR ${bar} of ${device.name} has no P2P provider`)
}

const invalid = (why: string): KernelError => new KernelError('EINVAL', 'RDMA-18', why)
