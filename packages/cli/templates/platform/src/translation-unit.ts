/**
 * The hardware: a translation unit in the root complex. It goes by its table and by what it remembers of it, and by nothing
 * else: software that forgets to flush is found by that.
 */
import {
  type Access,
  advance,
  type Bdf,
  type IommuUnit,
  type Iova,
  iova,
  type Kernel,
  physAddr,
  type PhysRange,
  type Shared,
  type Translation,
} from '@barter/core'

const PAGE = 4096
/** Below it addresses are handed on as they are. */
export const FIRST = iova(2 ** 32)

export class TranslationUnit implements IommuUnit {
  /** In memory: which range is at which address. */
  readonly #table = new Map<Iova, PhysRange>()
  /** By page. */
  readonly #cache = new Map<number, number>()
  /** What steps of several threads touch is told to whoever explores their orders. */
  readonly #shared: Shared

  constructor(kernel: Kernel) {
    this.#shared = kernel.shared('table of sample')
  }

  /** The ranges that are mapped, by address. */
  get mapped(): readonly (readonly [at: Iova, range: PhysRange])[] {
    this.#shared.read()
    return [...this.#table].sort(([a], [b]) => a - b)
  }

  write(at: Iova, range: PhysRange): void {
    this.#shared.write()
    this.#table.set(at, range)
  }

  clear(at: Iova): void {
    this.#shared.write()
    this.#table.delete(at)
  }

  /** Forget what is remembered of these addresses. */
  flush(at: Iova, length: number): void {
    this.#shared.write()
    for (const page of [...this.#cache.keys()]) if (page >= at && page < at + length) this.#cache.delete(page)
  }

  /** **Shape** `sent`: a packet really came; else somebody asks for the way that one would take. */
  translate(_from: Bdf, address: number, _access: Access, sent: boolean): Translation {
    if (address < FIRST) return { kind: 'pass', address: physAddr(address), length: FIRST - address }
    const into = address % PAGE
    const page = address - into
    this.#shared.read()
    const known = this.#cache.get(page)
    const found = known ?? this.#walk(page)
    if (found === undefined) return { kind: 'fault', why: 'nothing is mapped there' }
    if (sent && known === undefined) {
      this.#shared.write()
      this.#cache.set(page, found)
    }
    return { kind: 'mapped', address: physAddr(found + into), length: PAGE - into, cached: known !== undefined }
  }

  #walk(page: number): number | undefined {
    for (const [at, { start, length }] of this.#table) {
      if (page >= at && page < at + length) return advance(start, page - at)
    }
    return undefined
  }
}
