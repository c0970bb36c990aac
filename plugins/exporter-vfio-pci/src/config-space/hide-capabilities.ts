/** The chains of capabilities as user space is shown them: those that the driver does not know are passed over. */
import { type ConfigSpace, PCI_CAPABILITY_LIST } from '@barter/core'
import {
  type Capability,
  extendedCapabilities,
  isHiddenExtended,
  isHiddenStandard,
  standardCapabilities,
} from './capability-chain.ts'

const NEXT = 0x01
const NEXT_SHIFT = 2 ** 20

/** Change the copy. **Shape** `hardware`: the chains as they are. */
export function hideCapabilities(copy: ConfigSpace, hardware: ConfigSpace): void {
  let pointer = PCI_CAPABILITY_LIST
  for (const { id, at, next } of standardCapabilities(hardware)) {
    if (isHiddenStandard(id)) copy.write(pointer, 1, next)
    else pointer = at + NEXT
  }
  let shown: Capability | undefined
  for (const capability of extendedCapabilities(hardware)) {
    const { id, at, next } = capability
    if (!isHiddenExtended(id)) {
      shown = capability
      continue
    }
    // The first has to stay, since the chain begins at a fixed place: it is shown as nothing that points on.
    const place = shown?.at ?? at
    const head = shown === undefined ? 0 : (copy.read32(place) ?? 0) % NEXT_SHIFT
    copy.write(place, 4, head + next * NEXT_SHIFT)
    shown ??= capability
  }
}
