/** The plugin: RDMA importers, one driver name each. */
import type { Plugin } from '@barter/core'
import { mlx5 } from './mlx5.ts'
import type { InvalidateStep } from './mlx5-invalidate.ts'

export interface RdmaOptions {
  /** What `mlx5` does when it is told to let go, for experiments with another order; what the kernel intends unless given. */
  readonly mlx5Invalidate?: readonly InvalidateStep[]
}

/** **Source** RDMA-1 to RDMA-17. Driver `mlx5`: dma-buf memory regions with on-demand paging. */
export function rdma(options: RdmaOptions = {}): Plugin {
  return {
    name: 'importer-rdma',
    apply: ({ hooks }) => {
      hooks.importer.for('mlx5').tap('importer-rdma', (run) => mlx5(run, options.mlx5Invalidate))
    },
  }
}
