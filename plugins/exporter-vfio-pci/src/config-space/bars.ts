/** BAR registers as user space sees them: sizing works, addresses are only remembered (TRG-4). */
import { type Bar, type ConfigSpace, type Device, isWide, PCI_BASE_ADDRESS_0 } from '@barter/core'
import { barLength } from '../bar-claims.ts'

const SPACE_IO = 0x1
const TYPE_64 = 0x4
const PREFETCH = 0x8
const SPAN_32 = 2 ** 32

/** Keep of each register what a BAR of that length and kind can hold. A register without BAR reads as zero. */
export function fixUpBars(copy: ConfigSpace, device: Device): void {
  for (let index = 0; index < 6; index++) {
    const at = PCI_BASE_ADDRESS_0 + 4 * index
    const bar = device.fn.bars.find((each) => each.index === index)
    if (bar === undefined) {
      copy.write(at, 4, 0)
      continue
    }
    const length = barLength(device, bar)
    copy.write(at, 4, ((copy.read32(at) ?? 0) & addressMask(length)) | flagsOf(bar))
    if (!isWide(bar.kind)) continue
    index++
    copy.write(at + 4, 4, (copy.read32(at + 4) ?? 0) & addressMask(length / SPAN_32))
  }
}

/** The address bits that a BAR of this length decodes, in 32 bits; a length below one has them all. */
function addressMask(length: number): number {
  if (length >= SPAN_32) return 0
  return length <= 1 ? ~0 : ~(length - 1)
}

function flagsOf(bar: Bar): number {
  if (bar.kind === 'io') return SPACE_IO
  return (isWide(bar.kind) ? TYPE_64 : 0) | (bar.kind === 'mem64pref' || bar.kind === 'mem32pref' ? PREFETCH : 0)
}
