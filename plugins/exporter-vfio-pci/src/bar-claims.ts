/** Which BARs the driver owns while the device is open (VFIO-15), and when it comes to own them (GEN-15). */
import { type Bar, type Device, type Errno, failPoint, type Kernel, KernelError, type SystemHooks } from '@barter/core'
import { barLengthUnknown } from './errors.ts'

const BAR_COUNT = 6

export interface BarClaims {
  /** `undefined` when the BAR is owned, else why not. */
  error(bar: number): Errno | undefined
}

export type MakeClaims = (hooks: SystemHooks, device: Device, kernel: Kernel) => BarClaims

/** Request and map each BAR at once, I/O ports too; what fails is remembered, not reported. */
export const claimAtOpen: MakeClaims = (hooks, device) => {
  const results: (Errno | 'claimed')[] = []
  for (let bar = 0; bar < BAR_COUNT; bar++) results.push(claim(hooks, device, bar))
  return { error: (bar) => failureOf(results[bar] ?? 'ENODEV') }
}

/** Request and map a BAR when somebody first needs it; what failed is tried again the next time. */
export const claimOnDemand: MakeClaims = (hooks, device, kernel) => {
  const claimed = new Set<number>()
  const shared = kernel.shared('BARs that are claimed')
  const word = (): number => [...claimed].reduce((sum, bar) => sum + 2 ** bar, 0)
  return {
    error: (bar) => {
      shared.readValue(word())
      if (claimed.has(bar)) return undefined
      const result = claim(hooks, device, bar)
      if (result === 'claimed') claimed.add(bar)
      shared.writeValue(word())
      return failureOf(result)
    },
  }
}

/** Says why a BAR may not be lent, as far as owning it matters. */
export type LendCheck = (claims: BarClaims, bar: number) => Errno | undefined

export const lendOwned: LendCheck = (claims, bar) => claims.error(bar)

/** As first merged: also a BAR that somebody else owns (BUG-7). */
export const lendAny: LendCheck = () => undefined

/** The BAR of an index: the lower one for a 64-bit BAR. */
export const barOf = (device: Device, index: number): Bar | undefined =>
  device.fn.bars.find((bar) => bar.index === index)

/** **Units** bytes. **Errors** `UsageError` `BAR_LENGTH_UNKNOWN`. */
export function barLength(device: Device, bar: Bar): number {
  if (bar.length === undefined) throw barLengthUnknown(device.name, bar.index)
  return bar.length
}

const failureOf = (result: Errno | 'claimed'): Errno | undefined => (result === 'claimed' ? undefined : result)

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
