/** Places where a test or a scenario may make an allocation or call fail, through the `fault` hook. */
export interface FaultPoint {
  /** `dmabuf:attach`, `dmabuf:map`, `sgt:alloc`, `dma:map`, `iova:alloc`, `iova:link`, `vfio:alloc`, `vfio:fd`, … */
  readonly point: string
  readonly device: string
}
