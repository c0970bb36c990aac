/** What a driver keeps of each device, made when it is first asked for. */
import type { Device } from './device.ts'
import type { Kernel } from './kernel.ts'
import type { Shared } from './shared.ts'

/** **Shape** `what`: names it for explorers, who are told that it is there already, or made now. */
export function ofEachDevice<T>(kernel: Kernel, what: string, make: (device: Device) => T): (device: Device) => T {
  const made = new Map<Device, { readonly one: T; readonly shared: Shared }>()
  return (device) => {
    const known = made.get(device)
    known?.shared.heed()
    if (known !== undefined) return known.one
    const shared = kernel.shared(what, device)
    const one = make(device)
    made.set(device, { one, shared })
    return one
  }
}
