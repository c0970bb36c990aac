export * from './mlx5-invalidate.ts'
export * from './pinned-umem.ts'
export * from './rdma.ts'
export * from './region-options.ts'
