/** Who may have the pages of a user mapping that lie over MMIO. */
import { KernelError } from '@barter/core'

export interface PinRequest {
  /** `FOLL_PCI_P2PDMA`: the caller knows what such pages are. The block layer says so for direct I/O. */
  readonly p2pdma: boolean
  /** `FOLL_LONGTERM`: as RDMA and VFIO pin. */
  readonly longterm: boolean
}

/**
 * **Errors** EINVAL for a pin without end, since an unplug waits for it; EREMOTEIO for a caller who does not know P2P.
 * **Source** PGM-9. **Not modelled** the fast path, which falls back to this one.
 */
export function checkPin({ p2pdma, longterm }: PinRequest): void {
  if (p2pdma && longterm) throw new KernelError('EINVAL', 'PGM-9', 'P2P pages cannot be pinned for long')
  if (!p2pdma) throw notForCaller()
}

/** What a caller hears who does not say that it knows P2P pages. */
export const notForCaller = (): KernelError =>
  new KernelError('EREMOTEIO', 'PGM-9', 'the caller does not take P2P pages')
