/**
 * The table of one address space: areas by place, and the domains that hold copies of them (`struct io_pagetable`).
 *
 * **Locks** `domains` before `iova` before those of pages (IFD-13). Who changes which domains there are holds `domains` for
 * writing; who fills or empties areas holds it for reading, so that no domain misses one.
 */
import { type Device, hex, KernelError, type Op, type RwSem } from '@barter/core'
import { type Area, lastOf, type TableDomain } from './area.ts'
import { checkTracked, type Filled } from './check-tracked.ts'
import { choosePlace, holes, type Span, ULONG_MAX } from './iova-space.ts'
import type { Pages } from './pages.ts'
import type { Rights } from './rights.ts'
import type { IommufdServices } from './services.ts'

/** A piece of pages that is to be put somewhere. The caller's reference goes over when it is. */
export interface PagesPiece {
  readonly pages: Pages
  readonly startByte: bigint
  readonly length: bigint
}

interface Reserved extends Span {
  readonly owner: TableDomain | Device
}

export class IoPagetable {
  readonly #services: IommufdServices
  readonly #name: string
  readonly #domainsLock: RwSem
  readonly #iovaLock: RwSem
  /** By place. */
  #areas: readonly Area[] = []
  readonly #domains = new Set<TableDomain>()
  #reserved: readonly Reserved[] = []
  #largePages = true
  #alignment = 1n

  constructor(services: IommufdServices, name: string) {
    this.#services = services
    this.#name = name
    this.#domainsLock = services.kernel.rwsem(`domains(${name})`)
    this.#iovaLock = services.kernel.rwsem(`iova(${name})`)
  }

  get areas(): readonly Area[] {
    return this.#areas
  }

  get domains(): ReadonlySet<TableDomain> {
    return this.#domains
  }

  /** What place and length must be multiples of. */
  get alignment(): bigint {
    return this.#alignment
  }

  /** Where something may be put, in order. */
  get ranges(): readonly Span[] {
    return holes(this.#reserved, { first: 0n, last: ULONG_MAX })
  }

  /**
   * Put pieces side by side at `place`, or where the kernel likes. Gives the place.
   *
   * **Shape** the references of the pieces are the table's from here on, whatever comes. **Errors** EINVAL for what is not
   * aligned or lies in a reserved range, EEXIST where something is, EPERM to write what its first user could not; those of
   * the domains. Nothing stays then.
   */
  *map(pieces: readonly PagesPiece[], place: bigint | undefined, rights: Rights): Op<bigint> {
    let areas: readonly Area[] | undefined
    try {
      areas = yield* this.#reserveAreas(pieces, place, rights)
      yield* this.#fillNew(areas, pieces)
    } catch (error) {
      if (areas !== undefined) this.#drop(areas)
      for (const { pages } of pieces) yield* pages.put()
      throw error
    }
    return areas[0]?.iova ?? 0n
  }

  /** What is at a place, for a copy; each piece with a reference. **Errors** EINVAL without a length, EOVERFLOW, ENOENT. */
  *pieces(iova: bigint, length: bigint): Op<readonly PagesPiece[]> {
    const last = checkedLast(iova, length)
    yield* this.#iovaLock.downRead()
    const run = this.contiguous(iova, last)
    const found = run.areas.map(({ area, pages, first, last }) => ({
      pages,
      startByte: area.startByte + (first - area.iova),
      length: last - first + 1n,
    }))
    if (run.whole) for (const { pages } of found) pages.get()
    this.#iovaLock.upRead()
    if (!run.whole) throw new KernelError('ENOENT', 'IFD-9', `not all of ${hex(iova)} is mapped in ${this.#name}`)
    return found
  }

  /** Areas side by side from `first` on, cut to the range. **Shape** `whole`: they reach to `last`. */
  contiguous(first: bigint, last: bigint) {
    const areas: { readonly area: Area; readonly pages: Pages; readonly first: bigint; readonly last: bigint }[] = []
    let at = first
    for (const area of this.#areas) {
      if (lastOf(area) < at || at > last) continue
      if (area.iova > at || area.pages === undefined) break
      const end = lastOf(area) < last ? lastOf(area) : last
      areas.push({ area, pages: area.pages, first: at, last: end })
      at = end + 1n
    }
    return { areas, whole: at > last }
  }

  /** Take areas away. Gives how many bytes. **Errors** ENOENT for a range that cuts an area; those before it are gone then. */
  *unmap({ first, last }: Span): Op<bigint> {
    let length = 0n
    yield* this.#domainsLock.downRead()
    yield* this.#iovaLock.downWrite()
    try {
      for (let area = this.#firstIn(first, last); area !== undefined; area = this.#firstIn(first, last)) {
        const { pages } = area
        if (pages === undefined)
          throw new KernelError('EBUSY', 'IFD-9', `${hex(area.iova)} is being changed by another`)
        if (area.iova < first || lastOf(area) > last) {
          throw new KernelError(
            'ENOENT',
            'IFD-9',
            `${hex(first)} to ${hex(last)} cuts what is mapped at ${hex(area.iova)}`,
          )
        }
        area.pages = undefined
        this.#iovaLock.upWrite()
        for (const domain of this.#domains) yield* pages.unfill(area, domain)
        checkTracked(this.#services.witness, [{ area, pages }], NO_DOMAINS)
        this.#drop([area])
        yield* pages.put()
        length += area.length
        yield* this.#iovaLock.downWrite()
      }
    } finally {
      this.#iovaLock.upWrite()
      this.#domainsLock.upRead()
    }
    return length
  }

  /** Let a domain have all that is mapped, and all that will be. **Errors** EINVAL, EADDRINUSE; those of filling it. */
  *addDomain(domain: TableDomain): Op<void> {
    yield* this.#domainsLock.downWrite()
    yield* this.#iovaLock.downWrite()
    try {
      const alignment = domain.granule > this.#alignment ? domain.granule : this.#alignment
      if (alignment > this.#services.pageSize) {
        throw new KernelError('EINVAL', 'IFD-6', `the IOMMU of ${domain.name} maps no single page`)
      }
      this.#checkAlignment(alignment)
      if (domain.aperture <= ULONG_MAX) this.reserve(domain, { first: domain.aperture, last: ULONG_MAX })
      try {
        yield* this.#fillAll(domain)
      } catch (error) {
        this.unreserve(domain)
        this.#checkTracked()
        throw error
      }
      this.#domains.add(domain)
      this.#alignment = alignment
      this.#checkTracked()
    } finally {
      this.#iovaLock.upWrite()
      this.#domainsLock.upWrite()
    }
  }

  *removeDomain(domain: TableDomain): Op<void> {
    yield* this.#domainsLock.downWrite()
    yield* this.#iovaLock.downWrite()
    for (const area of this.#areas) yield* area.pages?.unfill(area, domain) ?? done()
    this.#domains.delete(domain)
    this.unreserve(domain)
    this.#alignment = this.#neededAlignment()
    this.#checkTracked()
    this.#iovaLock.upWrite()
    this.#domainsLock.upWrite()
  }

  /** Keep places out of use on behalf of somebody. **Errors** EADDRINUSE when something is mapped there. */
  reserve(owner: TableDomain | Device, span: Span): void {
    const inTheWay = this.#firstIn(span.first, span.last)
    if (inTheWay !== undefined) {
      throw new KernelError(
        'EADDRINUSE',
        'IFD-6',
        `${hex(inTheWay.iova)} is mapped, where it cannot be for ${owner.name}`,
      )
    }
    this.#reserved = [...this.#reserved, { ...span, owner }]
  }

  unreserve(owner: TableDomain | Device): void {
    this.#reserved = this.#reserved.filter((one) => one.owner !== owner)
  }

  /** With small pages only, areas may be cut. **Errors** EINVAL when domains hold something already. */
  *useLargePages(use: boolean): Op<void> {
    yield* this.#domainsLock.downWrite()
    yield* this.#iovaLock.downWrite()
    try {
      if (use === this.#largePages) return
      if (!use && this.#domains.size > 0 && this.#areas.length > 0) {
        throw new KernelError('EINVAL', 'IFD-11', `something is mapped in domains of ${this.#name} already`)
      }
      const alignment = this.#neededAlignment(use)
      this.#checkAlignment(alignment)
      this.#largePages = use
      this.#alignment = alignment
    } finally {
      this.#iovaLock.upWrite()
      this.#domainsLock.upWrite()
    }
  }

  get largePages(): boolean {
    return this.#largePages
  }

  /**
   * Cut areas right behind each place, as the older calls may (`iopt_cut_iova`).
   * **Errors** EOPNOTSUPP for a lent buffer (IFD-11), EINVAL where small pages were not asked for.
   */
  *cut(places: readonly bigint[]): Op<void> {
    yield* this.#domainsLock.downWrite()
    yield* this.#iovaLock.downWrite()
    try {
      for (const place of places) {
        const area = this.#firstIn(place, place)
        if (area !== undefined && place !== area.iova && place !== lastOf(area)) this.#split(area, place)
      }
    } finally {
      this.#iovaLock.upWrite()
      this.#domainsLock.upWrite()
    }
  }

  /** **Errors** EADDRINUSE when what is mapped does not fit. */
  checkAlignment(alignment: bigint): void {
    this.#checkAlignment(alignment)
  }

  #split(area: Area, place: bigint): void {
    const { pages } = area
    if (pages === undefined) throw new KernelError('EBUSY', 'IFD-11', `${hex(area.iova)} is being changed by another`)
    if (pages.type === 'dmabuf') {
      throw new KernelError(
        'EOPNOTSUPP',
        'IFD-11',
        `what is mapped at ${hex(area.iova)} is a lent buffer, which is not cut`,
      )
    }
    const length = place - area.iova + 1n
    if (length % this.#alignment !== 0n || (this.#domains.size > 0 && this.#largePages)) {
      throw new KernelError('EINVAL', 'IFD-11', `${hex(area.iova)} is not cut at ${hex(place)}`)
    }
    const before: Area = { ...area, length }
    const after: Area = {
      ...area,
      iova: place + 1n,
      length: area.length - length,
      startByte: area.startByte + length,
      pages: pages.get(),
    }
    this.#areas = this.#areas.flatMap((one) => (one === area ? [before, after] : [one]))
  }

  /** The places are taken, and empty, so that pages can be pinned without the lock. */
  *#reserveAreas(pieces: readonly PagesPiece[], place: bigint | undefined, rights: Rights): Op<readonly Area[]> {
    yield* this.#iovaLock.downWrite()
    try {
      const length = pieces.reduce((sum, piece) => sum + piece.length, 0n)
      if (length === 0n || length % this.#alignment !== 0n) throw misaligned(length, this.#alignment)
      let iova = place ?? this.#choose(pieces, length)
      if (place !== undefined) this.#checkPlace(place, length)
      const areas = pieces.map((piece): Area => {
        if (rights.write && !piece.pages.writable) {
          throw new KernelError('EPERM', 'IFD-6', 'its first user may only read it')
        }
        const inPage = piece.startByte % this.#services.pageSize
        if (inPage % this.#alignment !== 0n) throw misaligned(inPage, this.#alignment)
        const area = { iova, length: piece.length, startByte: piece.startByte, rights, pages: undefined }
        iova += piece.length
        return area
      })
      this.#areas = [...this.#areas, ...areas].sort((a, b) => (a.iova < b.iova ? -1 : 1))
      return areas
    } finally {
      this.#iovaLock.upWrite()
    }
  }

  *#fillNew(areas: readonly Area[], pieces: readonly PagesPiece[]): Op<void> {
    yield* this.#domainsLock.downRead()
    const filled: { readonly area: Area; readonly pages: Pages; readonly domain: TableDomain }[] = []
    try {
      for (const [i, area] of areas.entries()) {
        const pages = pieces[i]?.pages
        for (const domain of pages === undefined ? [] : this.#domains) {
          yield* pages?.fill(area, domain) ?? done()
          if (pages !== undefined) filled.push({ area, pages, domain })
        }
      }
      yield* this.#iovaLock.downWrite()
      for (const [i, area] of areas.entries()) area.pages = pieces[i]?.pages
      checkTracked(this.#services.witness, areas.flatMap(withPages), this.#domains)
      this.#iovaLock.upWrite()
    } catch (error) {
      for (const { area, pages, domain } of filled) yield* pages.unfill(area, domain)
      checkTracked(this.#services.witness, filled, NO_DOMAINS)
      throw error
    } finally {
      this.#domainsLock.upRead()
    }
  }

  *#fillAll(domain: TableDomain): Op<void> {
    const filled: { readonly area: Area; readonly pages: Pages }[] = []
    try {
      for (const area of this.#areas) {
        const { pages } = area
        if (pages === undefined) continue
        yield* pages.fill(area, domain)
        filled.push({ area, pages })
      }
    } catch (error) {
      for (const { area, pages } of filled) yield* pages.unfill(area, domain)
      throw error
    }
  }

  /** **Locks** the domains and the areas stay as they are. */
  #checkTracked(): void {
    checkTracked(this.#services.witness, this.#areas.flatMap(withPages), this.#domains)
  }

  #choose(pieces: readonly PagesPiece[], length: bigint): bigint {
    const [first] = pieces
    const source = first === undefined ? 0n : first.pages.base + first.startByte
    const taken = [...this.#reserved, ...this.#areas.map((area) => ({ first: area.iova, last: lastOf(area) }))]
    return choosePlace(taken, { length, source, alignment: this.#alignment, pageSize: this.#services.pageSize })
  }

  #checkPlace(iova: bigint, length: bigint): void {
    if (iova % this.#alignment !== 0n) throw misaligned(iova, this.#alignment)
    const last = iova + length - 1n
    if (last > ULONG_MAX)
      throw new KernelError('EOVERFLOW', 'IFD-1', `${hex(length)} bytes at ${hex(iova)} wrap around`)
    const kept = this.#reserved.find((one) => one.first <= last && one.last >= iova)
    if (kept !== undefined) {
      throw new KernelError(
        'EINVAL',
        'IFD-6',
        `${hex(kept.first)} to ${hex(kept.last)} is reserved by ${kept.owner.name}`,
      )
    }
    if (this.#firstIn(iova, last) !== undefined) {
      throw new KernelError('EEXIST', 'IFD-9', `something is mapped at ${hex(iova)} in ${this.#name}`)
    }
  }

  #checkAlignment(alignment: bigint): void {
    if (alignment <= this.#alignment) return
    const { pageSize } = this.#services
    const odd = this.#areas.find((area) =>
      [area.iova, area.length, area.startByte % pageSize].some((value) => value % alignment !== 0n),
    )
    if (odd === undefined) return
    throw new KernelError('EADDRINUSE', 'IFD-6', `${hex(odd.iova)} is mapped, and no multiple of ${hex(alignment)}`)
  }

  #neededAlignment(largePages = this.#largePages): bigint {
    const least = largePages ? 1n : this.#services.pageSize
    return [...this.#domains].reduce((most, { granule }) => (granule > most ? granule : most), least)
  }

  #firstIn(first: bigint, last: bigint): Area | undefined {
    return this.#areas.find((area) => area.iova <= last && lastOf(area) >= first)
  }

  #drop(areas: readonly Area[]): void {
    this.#areas = this.#areas.filter((area) => !areas.includes(area))
  }
}

const NO_DOMAINS: ReadonlySet<TableDomain> = new Set()

/** Those that are there: others are being made or taken away. */
const withPages = (area: Area): readonly Filled[] => (area.pages === undefined ? [] : [{ area, pages: area.pages }])

function* done(): Op<void> {
  // Nothing is there.
}

/** **Errors** EINVAL without a length, EOVERFLOW beyond the end of 64 bits. */
export function checkedLast(iova: bigint, length: bigint): bigint {
  if (length === 0n) throw new KernelError('EINVAL', 'IFD-1', 'a length of 0')
  const last = iova + length - 1n
  if (last > ULONG_MAX) throw new KernelError('EOVERFLOW', 'IFD-1', `${hex(length)} bytes at ${hex(iova)} wrap around`)
  return last
}

const misaligned = (value: bigint, alignment: bigint): KernelError =>
  new KernelError('EINVAL', 'IFD-2', `${hex(value)} is no multiple of ${hex(alignment)}`)
