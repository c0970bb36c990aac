/** How an access lets threads learn of each other: as a look, as a change, as an addition, or not at all. */
import {
  ACQUIRE,
  ACQUIRE_SHARED,
  ADD,
  COMES,
  DROPPED,
  type Mode,
  NOTED,
  READ,
  RELEASE,
  SIGNALLED,
  WAITED,
  WRITE,
} from './access-mode.ts'

/** Nobody learns of it by itself. */
export const UNSEEN = 0

/** **Shape** `isTried`: it is a lock that somebody tries, who learns from that whether another has it. */
export function contentMode(mode: Mode, isTried: boolean): Mode {
  switch (mode) {
    case READ:
    case WAITED:
      return READ
    case ADD:
    case DROPPED:
      return ADD
    case ACQUIRE:
    case ACQUIRE_SHARED:
    case RELEASE:
    case COMES:
      return isTried ? WRITE : UNSEEN
    case NOTED:
    case SIGNALLED:
      // A fence that is signalled is added to as well.
      return UNSEEN
    default:
      return WRITE
  }
}
