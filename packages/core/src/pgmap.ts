/**
 * Struct pages over MMIO: the older way to lend a BAR, and what it asks of a machine (PGM-1 to PGM-6). The memory pool
 * and the life of the pages are not here (PGM-7 to PGM-11).
 */
import { alignDown, contains, hex, isAligned, MiB, overlaps, advance, type PhysRange } from './address.ts'
import { KernelError } from './errors.ts'
import type { Facts } from './facts.ts'
import { isMemoryBar, type PciFunction } from './pci-function.ts'
import type { Topology } from './topology.ts'

/** 64-bit, memory hot-remove, sparse memory with a virtual map (PGM-5). */
export const PGMAP_ARCHS = ['x86_64', 'arm64', 'aarch64', 'ppc64', 'ppc64le', 'riscv64', 's390x', 'loongarch64']
/** The others that Linux runs on. */
export const NO_PGMAP_ARCHS = ['i386', 'i686', 'arm', 'mips', 'mips64', 'sparc', 'sparc64', 'parisc64', 'alpha', 'um']

/** Smallest piece of memory that can be added to a running kernel, in bytes (PGM-2). */
export const SUBSECTION = 2 * MiB
/** `sizeof(struct page)` in bytes (PGM-6). */
const STRUCT_PAGE = 64
/** First CPU address that has no place in the linear map, where it is known: four-level page tables of x86. */
const LINEAR_MAP_END: Readonly<Record<string, number>> = { x86_64: 2 ** 46 }

export interface PgmapRequest {
  readonly bar: number
  /** Bytes into the BAR. */
  readonly offset: number
  /** Bytes; 0 stands for the rest of the BAR. */
  readonly size: number
}

/** What struct pages for `length` bytes of a BAR cost, in bytes. **Source** PGM-6 */
export const structPageBytes = (length: number, pageSize: number): number => (length / pageSize) * STRUCT_PAGE

/** Size of a memory section in bytes, the unit of older kernels; `undefined` where it is not known. **Source** PGM-3 */
export function sectionSize(arch: string, pageSize: number): number | undefined {
  if (arch === 'arm64' || arch === 'aarch64') return (pageSize === 65536 ? 512 : 128) * MiB
  if (arch === 'ppc64' || arch === 'ppc64le') return 16 * MiB
  if (arch === 'loongarch64') return 512 * MiB
  if (arch === 'sparc64') return 1024 * MiB
  return ['x86_64', 'riscv64', 's390x'].includes(arch) ? 128 * MiB : undefined
}

/**
 * The checks of `pci_p2pdma_add_resource()`, in the kernel's order. Gives the CPU addresses that would get pages.
 *
 * **Shape** `existing`: ranges that have pages already.
 * **Errors** EINVAL for a wrong BAR or range, one not in whole subsections or beyond the linear map; EOPNOTSUPP without
 * P2PDMA or for BARs that cannot be mapped; ENXIO on an architecture without, or over RAM; ENOMEM over existing pages.
 * **Source** PGM-1 to PGM-5, P2P-3, P2P-11. **Not modelled** powerpc's hash MMU, which asks for 16 MiB.
 */
export function checkPgmap(
  facts: Facts,
  topology: Topology,
  fn: PciFunction,
  { bar: index, offset, size }: PgmapRequest,
  existing: readonly PhysRange[] = [],
): PhysRange {
  if (!facts.config.p2pdma) throw refused('EOPNOTSUPP', 'P2P-11', 'the kernel is built without P2PDMA')
  const bar = fn.bars.find((one) => one.index === index)
  if (bar === undefined || !isMemoryBar(bar) || (bar.length ?? 0) === 0) {
    throw refused('EINVAL', 'PGM-1', `BAR ${index} of ${fn.bdf} is no memory BAR`)
  }
  const length = bar.length ?? 0
  const wanted = size === 0 ? length - offset : size
  if (offset >= length || !contains(0, length, offset, wanted)) {
    throw refused(
      'EINVAL',
      'PGM-1',
      `${hex(offset)} + ${hex(wanted)} is not within the ${hex(length)} bytes of the BAR`,
    )
  }
  if (fn.nonMappableBars === true) throw refused('EOPNOTSUPP', 'P2P-3', `the BARs of ${fn.bdf} cannot be mapped`)
  const range = { start: advance(bar.start, offset), length: wanted }
  checkRemap(facts, topology, range, existing)
  return range
}

/** `devm_memremap_pages()`. */
function checkRemap(facts: Facts, topology: Topology, range: PhysRange, existing: readonly PhysRange[]): void {
  const { arch } = facts.cpu
  const text = `[${hex(range.start)}, ${hex(range.start + range.length)})`
  if (!facts.pgmap) throw refused('ENXIO', 'PGM-5', `${arch ?? 'this architecture'} has no struct pages for MMIO`)
  if (!isAligned(range.start, SUBSECTION) || !isAligned(range.length, SUBSECTION)) {
    throw refused('EINVAL', 'PGM-2', `${text} is not in whole subsections of ${hex(SUBSECTION)} bytes`)
  }
  const hits = (other: PhysRange): boolean => overlaps(other.start, other.length, range.start, range.length)
  if (topology.memory.some(hits)) throw refused('ENXIO', 'PGM-4', `${text} overlaps RAM`)
  if (existing.some(hits)) throw refused('ENOMEM', 'PGM-4', `${text} has struct pages already`)
  const end = arch === undefined ? undefined : LINEAR_MAP_END[arch]
  if (end !== undefined && range.start + range.length > end) {
    throw refused(
      'EINVAL',
      'PGM-4',
      `${text} is beyond the linear map, which ends at ${hex(alignDown(end, SUBSECTION))}`,
    )
  }
}

const refused = (errno: 'EINVAL' | 'EOPNOTSUPP' | 'ENXIO' | 'ENOMEM', rule: string, why: string): KernelError =>
  new KernelError(errno, rule, why)
