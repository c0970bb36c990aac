/** Which BARs the driver owns while the device is open (VFIO-15). */
import { type Bar, type Device, type Errno, failPoint, KernelError, type SystemHooks } from '@barter/core'
import { barLengthUnknown } from './errors.ts'

const BAR_COUNT = 6

export class BarClaims {
  readonly #results: readonly (Errno | 'claimed')[]

  /** Request and map each BAR, I/O ports too; what fails is remembered, not reported. */
  constructor(hooks: SystemHooks, device: Device) {
    this.#results = Array.from({ length: BAR_COUNT }, (_, index) => claim(hooks, device, index))
  }

  /** `undefined` when the BAR is owned, else why not. */
  error(bar: number): Errno | undefined {
    const result = this.#results[bar] ?? 'ENODEV'
    return result === 'claimed' ? undefined : result
  }
}

/** The BAR of an index: the lower one for a 64-bit BAR. */
export const barOf = (device: Device, index: number): Bar | undefined =>
  device.fn.bars.find((bar) => bar.index === index)

/** **Units** bytes. **Errors** `UsageError` `BAR_LENGTH_UNKNOWN`. */
export function barLength(device: Device, bar: Bar): number {
  if (bar.length === undefined) throw barLengthUnknown(device.name, bar.index)
  return bar.length
}

function claim(hooks: SystemHooks, device: Device, index: number): Errno | 'claimed' {
  const bar = barOf(device, index)
  if (bar === undefined || bar.length === 0 || device.fn.nonMappableBars === true) return 'ENODEV'
  try {
    failPoint(hooks, 'vfio:claim', device, 'EBUSY', 'VFIO-15')
    failPoint(hooks, 'vfio:iomap', device, 'ENOMEM', 'VFIO-15')
  } catch (error) {
    if (error instanceof KernelError) return error.errno
    throw error
  }
  return 'claimed'
}
