/** What an importer hears that asks for memory to stay where it is, by kernel (GEN-4). */
import { type DmaBufOps, done, KernelError } from '@barter/core'

export type PinOps = Pick<DmaBufOps, 'pin' | 'unpin'>

/** No operation: memory of a BAR never moves, so pinning always succeeds and protects from nothing (VFIO-27). */
export const PIN_SUCCEEDS: PinOps = {}

/** Who pins wants to keep it, and had no way to be told otherwise then (GEN-5). */
export const PIN_REFUSED: PinOps = {
  pin: ({ device }) => {
    throw new KernelError('EOPNOTSUPP', 'GEN-4', `${device.name} may not pin a BAR that can be taken back`)
  },
  unpin: () => done(undefined),
}
