/** The plugin: RDMA importers, one driver name each. */
import type { Plugin } from '@barter/core'
import { irdma } from './irdma.ts'
import { mlx5 } from './mlx5.ts'
import { mlx5DataDirect } from './mlx5-data-direct.ts'
import type { InvalidateStep } from './mlx5-invalidate.ts'
import type { RevokeStep } from './pinned-umem.ts'

export interface RdmaOptions {
  /** What `mlx5` does when it is told to let go, for experiments with another order; what the kernel intends unless given. */
  readonly mlx5Invalidate?: readonly InvalidateStep[]
  /** The same for `irdma`. */
  readonly irdmaRevoke?: readonly RevokeStep[]
}

/**
 * Driver `mlx5`: dma-buf memory regions with on-demand paging. `mlx5-data-direct`: pinned ones that cannot be told to
 * let go. `irdma`: pinned ones that can, for good. **Source** RDMA-1 to RDMA-17
 */
export function rdma(options: RdmaOptions = {}): Plugin {
  return {
    name: 'importer-rdma',
    apply: ({ hooks }) => {
      hooks.importer.for('mlx5').tap('importer-rdma', (run) => mlx5(run, options.mlx5Invalidate))
      hooks.importer.for('mlx5-data-direct').tap('importer-rdma', mlx5DataDirect)
      hooks.importer.for('irdma').tap('importer-rdma', (run) => irdma(run, options.irdmaRevoke))
    },
  }
}
