/** One memory request on its way: where it is going, what it passed, for how many bytes the same would happen. */
import { type Access, ADDRESS_LIMIT, type Hop, type Landing, type Route } from '@barter/core'
import type { WiredFunction } from '../wiring.ts'

export interface RequestFacts {
  readonly translated: boolean
  readonly sent: boolean
  /** With the texts of each hop, which cost more than the way itself. */
  readonly told: boolean
}

const NO_HOPS: readonly Hop[] = []

export class Request {
  readonly access: Access
  /** `null`: the CPU. */
  readonly sender: WiredFunction | null
  /** The sender asked the IOMMU beforehand, and the packet says so (ATS). */
  readonly translated: boolean
  /** A packet is really sent, and not only its way asked for. */
  readonly sent: boolean
  /** In the address space of where it is now. */
  address: number
  viaHostBridge = false
  /** It went into something that is in reset. */
  silent = false
  readonly #hops: Hop[] | undefined
  #length: number

  constructor(sender: WiredFunction | null, at: number, access: Access, facts: RequestFacts) {
    this.sender = sender
    this.address = at
    this.access = access
    this.translated = facts.translated
    this.sent = facts.sent
    this.#length = ADDRESS_LIMIT - at
    this.#hops = facts.told ? [] : undefined
  }

  /** Somebody wants to read the way; texts are made only then. */
  get told(): boolean {
    return this.#hops !== undefined
  }

  hop(at: string, why: string): void {
    this.#hops?.push({ at, address: this.address, why })
  }

  /** From here on things are the same for `length` bytes only. */
  limit(length: number): void {
    if (length < this.#length) this.#length = length
  }

  end(landing: Landing, why: string): Route {
    return {
      hops: this.#hops ?? NO_HOPS,
      landing,
      length: this.#length,
      viaHostBridge: this.viaHostBridge,
      why,
    }
  }

  /** Nobody takes it: the requester gets Unsupported Request. */
  refuse(at: string, why: string): Route {
    this.hop(at, why)
    return this.end({ kind: 'unsupported-request', at }, why)
  }
}
