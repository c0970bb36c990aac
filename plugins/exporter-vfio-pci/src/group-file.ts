/** What a hot reset is handed as proof of ownership. */
import type { Device, Devices } from '@barter/core'
import type { ControlArguments } from './control-arguments.ts'

/** The file of the group that a device is in, a file that is no group, or a descriptor that is closed. */
export type GroupFile = { readonly kind: 'group'; readonly of: Device } | { readonly kind: 'other' | 'closed' }

/** Groups by the name or bdf of a device in them; `stdin` and `closed` stand for what is none. **Errors** `UsageError` `CONTROL_ARGUMENT`. */
export function groupFiles(devices: Devices, args: ControlArguments): readonly GroupFile[] {
  return args.words('groups').map((word): GroupFile => {
    if (word === 'stdin') return { kind: 'other' }
    if (word === 'closed') return { kind: 'closed' }
    const of = devices.all.find((device) => device.name === word || device.bdf === word)
    if (of === undefined) throw args.wrong('groups', `names ${word}, which is no device`)
    return { kind: 'group', of }
  })
}

/** A device is in the group of another when both say the same group, or are one. */
export function isInGroups(device: Device, groups: readonly GroupFile[]): boolean {
  return groups.some((file) => {
    if (file.kind !== 'group') return false
    const { iommuGroup } = file.of.fn
    return file.of === device || (iommuGroup !== undefined && iommuGroup === device.fn.iommuGroup)
  })
}
