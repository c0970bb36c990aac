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
  /** Stands for the run: a tap that counts keeps its counts by it, since several runs of a system may be under way. */
  readonly run?: object
}

/** Fail here if a tap of the `fault` hook says so, with the errno it gives. **Errors** `KernelError`. */
export function failPoint(hooks: SystemHooks, point: string, device: Device, usual: Errno, rule: string): void {
  const errno = faultAt(hooks, point, device, usual)
  if (errno !== undefined) throw new KernelError(errno, rule, `${point} of ${device.name} was made to fail`)
}

/** The errno with which a tap of the `fault` hook makes this fail; `undefined` when it is to go on. */
export function faultAt({ fault }: SystemHooks, point: string, device: Device, usual: Errno): Errno | undefined {
  // `isUsed` counts the look-out for late taps as well.
  return fault.taps.length === 0 ? undefined : fault.call({ point, device, usual })
}
