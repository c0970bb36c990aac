/** Struct pages over one piece of a BAR, and who holds some of them: a `dev_pagemap` with its share of the pool. */
import { advance, type Completion, ContractError, type Kernel, type P2pProvider, type PhysRange } from '@barter/core'

/** Pages handed out together. Carries a reference on the map that they are of (PGM-7). */
export interface P2pPages {
  readonly map: PageMap
  readonly range: PhysRange
  /** Bytes from the start of the BAR. */
  readonly offset: number
}

interface Run {
  /** Bytes from the start of the map. */
  readonly at: number
  readonly length: number
}

export class PageMap {
  readonly provider: P2pProvider
  readonly range: PhysRange
  /** Where in the BAR it begins, in bytes. */
  readonly offset: number
  readonly #drained: Completion
  /** By address; two that touch are one. */
  #free: readonly Run[]
  readonly #lent = new Set<P2pPages>()
  #dying = false

  constructor(kernel: Kernel, provider: P2pProvider, range: PhysRange, offset: number) {
    this.provider = provider
    this.range = range
    this.offset = offset
    this.#drained = kernel.completion(`pages(${provider.owner.name} BAR ${provider.bar})`)
    this.#free = [{ at: 0, length: range.length }]
  }

  /** Bytes that nobody holds. */
  get available(): number {
    return this.#free.reduce((sum, run) => sum + run.length, 0)
  }

  /** Bytes in somebody's hands. */
  get lent(): number {
    return this.range.length - this.available
  }

  /** The first run that is long enough. **Shape** `length` in whole pages. `undefined`: none, or the map is dying (PGM-7). */
  alloc(length: number): P2pPages | undefined {
    const index = this.#free.findIndex((run) => run.length >= length)
    const run = this.#free[index]
    if (this.#dying || run === undefined) return undefined
    const rest = { at: run.at + length, length: run.length - length }
    this.#free = this.#free.toSpliced(index, 1, ...(rest.length === 0 ? [] : [rest]))
    const pages = {
      map: this,
      range: { start: advance(this.range.start, run.at), length },
      offset: this.offset + run.at,
    }
    this.#lent.add(pages)
    return pages
  }

  /** The last reference to these pages is gone. */
  put(pages: P2pPages): void {
    if (!this.#lent.delete(pages)) throw new ContractError('PGM-7', 'pages are put that nobody holds')
    this.#free = joined([...this.#free, { at: pages.offset - this.offset, length: pages.range.length }])
    if (this.#dying && this.#lent.size === 0) this.#drained.complete()
  }

  /** No page is handed out any more. */
  kill(): void {
    this.#dying = true
    if (this.#lent.size === 0) this.#drained.complete()
  }

  /** Until the last page has come back: without limit, and nobody who holds one is told (PGM-11). */
  waitForPages = () => this.#drained.wait('struct pages')
}

function joined(runs: Run[]): readonly Run[] {
  const found: Run[] = []
  for (const run of runs.sort((a, b) => a.at - b.at)) {
    const before = found.at(-1)
    if (before !== undefined && before.at + before.length === run.at) {
      found[found.length - 1] = { at: before.at, length: before.length + run.length }
    } else found.push(run)
  }
  return found
}
