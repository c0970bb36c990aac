/** How the lender behaves, where a test wants it unlike vfio-pci. */
import type { Op } from '@barter/core'
import type { Ledger } from './ledger.ts'

export interface LenderOptions {
  /**
   * `revocable`: only attachments that can be told to let go, as vfio-pci of the running generation (VFIO-25). `any`: all of
   * them, as no exporter that revokes should.
   */
  readonly admits?: 'revocable' | 'any'
  /**
   * `none`: pinning always succeeds (VFIO-27). `counts`: it succeeds, and each pin has to be given back. `refuses`: EOPNOTSUPP,
   * as in G1p (GEN-4). Unless given, what vfio-pci of the running generation does.
   */
  readonly pins?: 'none' | 'counts' | 'refuses'
  /** Do something in the middle of the first attach or detach of a buffer. */
  readonly meddle?: Meddling
  /** Look, after each revoke, whether anybody still writes. Costs steps, so it is off while exploring. */
  readonly guards?: boolean
  readonly ledger?: Ledger
}

/** What a lender does at moments in which an importer may not expect it. Each comes once a run. */
export interface Meddling {
  /**
   * `accepted`: the exporter said yes, the attachment is not listed (DMB-10). `listed`: it is listed, `attach` has not returned
   * (DMB-9). `leaving`: the importer has begun to detach.
   */
  readonly at: 'accepted' | 'listed' | 'leaving'
  /** Words of the lender, one after the other, in a thread of its own that is waited for. */
  readonly words: readonly string[]
}

/** Runs the words of a meddling; what the buffer knows of it. */
export type Meddle = (at: Meddling['at']) => Op<void>
