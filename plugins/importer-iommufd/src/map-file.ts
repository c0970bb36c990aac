/** `IOMMU_IOAS_MAP_FILE`, `IOMMU_IOAS_MAP`, `IOMMU_IOAS_COPY`: the checks in the kernel's order (IFD-1, IFD-2). */
import { type GivenObject, hex, isMemory, KernelError, type Op, type PhysRange } from '@barter/core'
import { optionalU64, u64, type WordArgs } from './arguments.ts'
import { DmabufPages } from './dmabuf-pages.ts'
import { checkedLast, type PagesPiece } from './io-pagetable.ts'
import type { Ioas } from './ioas.ts'
import { ULONG_MAX } from './iova-space.ts'
import { MemoryPages } from './pages.ts'
import { mapFlags, type Rights } from './rights.ts'
import type { IommufdServices } from './services.ts'

/** Pages are counted in 32 bits. */
const MOST_PAGES = 2n ** 32n - 1n

interface Placed {
  readonly place: bigint | undefined
  readonly length: bigint
  readonly rights: Rights
}

/**
 * The head of all three calls. **Errors** in order: EOPNOTSUPP for unknown flags, EOVERFLOW for a place or length at the
 * end of 64 bits, EINVAL for no right at all.
 */
function checkHead(args: WordArgs, length: bigint, ...more: readonly bigint[]): Placed {
  const word = optionalU64(args, 'flags')
  const iova = optionalU64(args, 'iova')
  const { unknown, fixed, rights } = mapFlags(word, args.rights, iova !== undefined)
  if (unknown) throw new KernelError('EOPNOTSUPP', 'IFD-1', `unknown flags in ${hex(word ?? 0n)}`)
  if ([iova ?? 0n, length, ...more].some((value) => value >= ULONG_MAX)) {
    throw new KernelError('EOVERFLOW', 'IFD-1', 'a place or a length at the end of 64 bits')
  }
  if (!rights.read && !rights.write) throw new KernelError('EINVAL', 'IFD-1', 'the device may neither read nor write')
  return { place: fixed ? (iova ?? 0n) : undefined, length, rights }
}

/** **Shape** the address space is looked up after the head is checked. */
function checkPiece(space: () => Ioas, given: GivenObject | undefined, args: WordArgs) {
  const start = u64(args, 'offset', 0n)
  const placed = checkHead(args, u64(args, 'length', wholeLength(given) - start))
  const ioas = space()
  checkedLast(start, placed.length)
  return { start, placed, ioas }
}

/** **Errors** IFD-1, then IFD-2, then those of the map. */
export function* mapFile(
  services: IommufdServices,
  space: () => Ioas,
  file: GivenObject | undefined,
  args: WordArgs,
): Op<bigint> {
  const { start, placed, ioas } = checkPiece(space, file, args)
  const piece = yield* filePiece(services, ioas, file, start, placed)
  return yield* ioas.table.map([piece], placed.place, placed.rights)
}

/** Of CPU addresses. **Errors** EFAULT for a mapping of a BAR, which has no pages (T1-7), once pages are needed. */
export function* mapMemory(
  services: IommufdServices,
  space: () => Ioas,
  source: GivenObject | undefined,
  args: WordArgs,
): Op<bigint> {
  const { start, placed, ioas } = checkPiece(space, source, args)
  const { base, startByte } = inPages(services, start)
  const pages = new MemoryPages(services, 'user', 'memory', { base, writable: placed.rights.write, pin: pinOf(source) })
  return yield* ioas.table.map([{ pages, startByte, length: placed.length }], placed.place, placed.rights)
}

/** **Errors** as the others; ENOENT for what is not mapped there. */
export function* copy(from: () => Ioas, to: () => Ioas, args: WordArgs): Op<bigint> {
  const source = u64(args, 'at')
  const placed = checkHead(args, u64(args, 'length'), source)
  const pieces = yield* from().table.pieces(source, placed.length)
  let target: Ioas
  try {
    target = to()
  } catch (error) {
    for (const { pages } of pieces) yield* pages.put()
    throw error
  }
  return yield* target.table.map(pieces, placed.place, placed.rights)
}

function* filePiece(
  services: IommufdServices,
  ioas: Ioas,
  file: GivenObject | undefined,
  start: bigint,
  { length, rights: { write } }: Placed,
): Op<PagesPiece> {
  const { base, startByte } = inPages(services, start)
  if (file === undefined || file.kind === 'closed') {
    throw new KernelError('EBADF', 'IFD-2', 'the descriptor is not open')
  }
  if (file.kind !== 'buffer') {
    const pages = new MemoryPages(services, 'file', 'file', { base, writable: write, pin: pinFile(file) })
    return { pages, startByte, length }
  }
  const { buffer } = file
  if (start + length > BigInt(buffer.size)) {
    throw new KernelError('EINVAL', 'IFD-2', `${hex(start)} + ${hex(length)} is beyond ${buffer.name}`)
  }
  if (length / services.pageSize >= MOST_PAGES) throw new KernelError('EINVAL', 'IFD-2', 'too many pages')
  const pages = yield* DmabufPages.import(services, { buffer, base, writable: write, space: ioas.name })
  return { pages, startByte, length }
}

/** Pages begin where the page of the first byte does. */
function inPages({ pageSize }: IommufdServices, start: bigint): { base: bigint; startByte: bigint } {
  const startByte = start % pageSize
  return { base: start - startByte, startByte }
}

/** What a program that maps all of it would write. */
function wholeLength(given: GivenObject | undefined): bigint {
  if (given?.kind === 'buffer') return BigInt(given.buffer.size)
  if (given?.kind === 'mapping') return BigInt(given.mapping.length)
  return given?.kind === 'object' && isMemory(given.object) ? BigInt(given.object.length) : 0n
}

/** **Errors** EFAULT. */
function pinOf(source: GivenObject | undefined): (offset: number, length: number) => Op<PhysRange> {
  return (offset, length) => pinAt(source, offset, length)
}

function* pinAt(source: GivenObject | undefined, offset: number, length: number): Op<PhysRange> {
  if (source?.kind === 'object' && isMemory(source.object)) return source.object.range(offset, length, 'EFAULT')
  if (source?.kind === 'mapping') {
    try {
      yield* source.mapping.pin()
    } catch (error) {
      if (error instanceof KernelError) throw new KernelError('EFAULT', 'T1-7', error.message)
      throw error
    }
  }
  throw new KernelError('EFAULT', 'T1-7', 'nothing that can be pinned is at that address')
}

/** **Errors** EINVAL for what is no memfd, and beyond its end. */
function pinFile(file: GivenObject): (offset: number, length: number) => Op<PhysRange> {
  return (offset, length) => pinInFile(file, offset, length)
}

function* pinInFile(file: GivenObject, offset: number, length: number): Op<PhysRange> {
  if (file.kind === 'object' && isMemory(file.object)) return file.object.range(offset, length, 'EINVAL')
  throw new KernelError('EINVAL', 'IFD-2', 'the file is no memfd')
}
