/** Places where a test or a scenario may make an allocation or a call fail, through the `fault` hook. */
import type { Device } from './device.ts'
import type { Errno } from './errno.ts'
import { KernelError } from './errors.ts'
import type { SystemHooks } from './hooks.ts'

export interface FaultPoint {
  /** `dmabuf:attach`, `sgt:alloc`, `sgt:entries`, `dma:map`, `iova:alloc`, `iova:link`, `vfio:alloc`, `vfio:fd`, … */
  readonly point: string
  readonly device: Device
  /** What the kernel returns here when it fails by itself. */
  readonly usual: Errno
}

/** Fail here if a tap of the `fault` hook says so, with the errno it gives. **Errors** `KernelError`. */
export function failPoint(hooks: SystemHooks, point: string, device: Device, usual: Errno, rule: string): void {
  if (!hooks.fault.isUsed()) return
  const errno = hooks.fault.call({ point, device, usual })
  if (errno !== undefined) throw new KernelError(errno, rule, `${point} of ${device.name} was made to fail`)
}
