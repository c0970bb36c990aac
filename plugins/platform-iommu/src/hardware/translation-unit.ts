/**
 * The translation agent in the root complex: from requester id and address to a physical address, or a fault.
 *
 * Hardware: it knows registers (who uses which table), tables in memory and its IOTLB, and nothing of what the software
 * meant by them.
 */
import {
  type Access,
  ADDRESS_LIMIT,
  type Bdf,
  hex,
  type IommuUnit,
  type Kernel,
  mixA,
  physAddr,
  type Shared,
  type Translation,
  UNWATCHED,
} from '@barter/core'
import { Iotlb } from './iotlb.ts'
import { type Leaf, type PageTable, READ, WRITE } from './page-table.ts'

/** What the unit does with the requests of one requester: hand them on as they are, refuse them, or translate. */
export type Context = 'pass' | 'block' | PageTable

export interface TranslationUnitWiring {
  /** Context of a requester that has none of its own. */
  readonly otherwise: 'pass' | 'block'
  /** Under which id the requests of a function arrive. */
  readonly requesterId: (from: Bdf) => Bdf
  /** Makes what explorers are told of, for each of these requesters its context. */
  readonly shared?: Kernel['shared']
  readonly requesters?: readonly Bdf[]
  /** The fault interrupt. */
  readonly fault: (from: Bdf, address: number, why: string) => void
}

export class TranslationUnit implements IommuUnit {
  readonly #wiring: TranslationUnitWiring
  readonly #contexts = new Map<Bdf, Context>()
  readonly #iotlb: Iotlb
  readonly #shared: ReadonlyMap<Bdf, Shared>

  constructor(wiring: TranslationUnitWiring) {
    const { shared, requesters = [] } = wiring
    this.#wiring = wiring
    this.#iotlb = new Iotlb(shared)
    this.#shared = new Map(requesters.map((bdf) => [bdf, shared?.(`context of ${bdf}`) ?? UNWATCHED]))
  }

  setContext(requester: Bdf, context: Context): void {
    this.#sharedOf(requester).write()
    this.#contexts.set(requester, context)
  }

  contextOf(requester: Bdf): Context {
    return this.#contexts.get(requester) ?? this.#wiring.otherwise
  }

  /** Forget what is cached of a range of one table. */
  flush(table: PageTable, at: number, length: number): void {
    this.#iotlb.flush(table, at, length)
  }

  flushAll(table: PageTable): void {
    this.#iotlb.flush(table, 0, ADDRESS_LIMIT)
  }

  translate(from: Bdf, address: number, access: Access, sent: boolean): Translation {
    const requester = this.#wiring.requesterId(from)
    this.#sharedOf(requester).read()
    const context = this.contextOf(requester)
    if (address < 0 || address >= ADDRESS_LIMIT) return this.#fault(from, address, 'beyond 52 bits', sent)
    if (context === 'pass') return { kind: 'pass', address: physAddr(address), length: ADDRESS_LIMIT - address }
    if (context === 'block') return this.#fault(from, address, 'no domain translates for this requester', sent)
    const known = this.#iotlb.lookup(context, address)
    const leaf = known ?? context.walk(address)
    context.shared.readValue(leaf === undefined ? 0 : mixA(mixA(leaf.start, leaf.target), leaf.rights))
    if (leaf === undefined) return this.#fault(from, address, `${hex(address)} is not mapped in ${context.name}`, sent)
    if (sent && known === undefined) this.#iotlb.remember(leaf)
    if (!allows(leaf, access)) {
      return this.#fault(from, address, `${hex(address)} is mapped without the right to ${access}`, sent)
    }
    const into = address - leaf.start
    return {
      kind: 'mapped',
      address: physAddr(leaf.target + into),
      length: leaf.length - into,
      cached: known !== undefined,
    }
  }

  #sharedOf(requester: Bdf): Shared {
    return this.#shared.get(requester) ?? UNWATCHED
  }

  #fault(from: Bdf, address: number, why: string, sent: boolean): Translation {
    if (sent) this.#wiring.fault(from, address, why)
    return { kind: 'fault', why }
  }
}

/** Rights are 1, 2 or both, so that no mask is needed to test one. */
const allows = (leaf: Leaf, access: Access): boolean =>
  leaf.rights === READ + WRITE || leaf.rights === (access === 'read' ? READ : WRITE)
