/** One IOVA range that is filled piece by piece (DMA-9, DMA-10). */
import {
  ContractError,
  type Direction,
  type DmaAttributes,
  hex,
  type Iova,
  iova,
  type IovaRun,
  isAligned,
  KernelError,
  MMIO,
  type Op,
  overlaps,
  type PhysRange,
  point,
} from '@barter/core'
import type { DmaDomain } from './dma-domain.ts'

export interface LinkedRunFacts {
  readonly start: Iova
  /** Bytes. */
  readonly size: number
  /** The range would have to be copied aside for this device. */
  readonly bounces: (range: PhysRange) => boolean
  /** **Errors** what a test makes linking fail with. */
  readonly beforeLink: () => void
  /** Does to caches what the attributes ask for. */
  readonly maintain: (at: number, attributes: DmaAttributes) => void
}

interface Piece {
  readonly offset: number
  readonly range: PhysRange
  readonly direction: Direction
}

export class LinkedRun implements IovaRun {
  readonly start: Iova
  readonly size: number
  readonly #own: DmaDomain
  readonly #facts: LinkedRunFacts
  /** All pieces, and how many of them hardware can see. */
  readonly #pieces: Piece[] = []
  #visible = 0
  #destroyed = false

  constructor(own: DmaDomain, facts: LinkedRunFacts) {
    this.start = facts.start
    this.size = facts.size
    this.#own = own
    this.#facts = facts
  }

  /**
   * **Not modelled** a first piece that begins inside a granule: the kernel moves the whole run by as much.
   * **Source** DMA-9, HAZ-16.
   */
  *link(offset: number, range: PhysRange, direction: Direction, attributes = MMIO): Op<void> {
    this.#facts.maintain(range.start, attributes)
    this.#facts.beforeLink()
    if (this.#destroyed || offset < 0 || offset + range.length > this.size) {
      throw new ContractError(
        'DMA-9',
        `${hex(range.length)} at ${hex(offset)} is outside the IOVA run of ${hex(this.size)}`,
      )
    }
    if (offset > 0 && !isAligned(range.start, this.#own.granule)) {
      throw new KernelError('EIO', 'DMA-9', `${hex(range.start)} is not on a granule of ${this.#own.granule} bytes`)
    }
    if (this.#facts.bounces(range)) {
      throw new KernelError('EPERM', 'DMA-9', `${hex(range.start)} would have to bounce, and MMIO never does`)
    }
    if (this.#pieces.some((piece) => overlaps(piece.offset, piece.range.length, offset, range.length))) {
      throw new KernelError('EADDRINUSE', 'DMA-9', `IOVA ${hex(this.start + offset)} is linked already`)
    }
    this.#pieces.push({ offset, range, direction })
  }

  /** The entries reach memory where hardware looks. */
  *sync(): Op<void> {
    yield* point(`iommu map ${this.#own.domain.name}`)
    for (; this.#visible < this.#pieces.length; this.#visible++) {
      const piece = this.#pieces[this.#visible]
      if (piece !== undefined) this.#own.domain.install(this.start + piece.offset, piece.range, piece.direction)
    }
  }

  *destroy(linked: number, attributes = MMIO): Op<void> {
    this.#facts.maintain(this.start, attributes)
    if (this.#destroyed) throw new ContractError('DMA-10', `IOVA run at ${hex(this.start)} is destroyed twice`)
    this.#destroyed = true
    if (linked > 0) yield* this.#own.domain.unmap(iova(this.start), linked)
    this.#own.free(this.start)
  }
}
