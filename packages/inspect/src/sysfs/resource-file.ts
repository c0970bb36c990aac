/** The `resource` file of a function: a line for each BAR, the ROM and, on a bridge, its windows. */
import type { BarKind } from '@barter/core'

/** Bits of the kernel's `IORESOURCE_*`. */
const IORESOURCE_IO = 0x100n
const IORESOURCE_MEM = 0x200n
const IORESOURCE_PREFETCH = 0x2000n
const IORESOURCE_MEM_64 = 0x10_0000n
/** No address has been assigned; start and end tell the length only. */
const IORESOURCE_UNSET = 0x2000_0000n

/** As written: u64. `end` is the last byte. */
export interface Resource {
  readonly start: bigint
  readonly end: bigint
  readonly flags: bigint
}

const LINE = /^0x([0-9a-f]{1,16}) 0x([0-9a-f]{1,16}) 0x([0-9a-f]{1,16})$/
/** The longest file has a line for each BAR, the ROM, six BARs of virtual functions and four windows. */
const MOST_LINES = 32

/** **Shape** one place for each line, `undefined` where it has another form. */
export function parseResources(text: string): (Resource | undefined)[] {
  const lines = text.trim() === '' ? [] : text.trim().split('\n').slice(0, MOST_LINES)
  return lines.map((line) => {
    const [, start, end, flags] = LINE.exec(line.trim()) ?? []
    if (start === undefined || end === undefined || flags === undefined) return undefined
    return { start: BigInt(`0x${start}`), end: BigInt(`0x${end}`), flags: BigInt(`0x${flags}`) }
  })
}

/** The kind of BAR that a resource stands for; `undefined` for a line of zeros. */
export function resourceKind({ flags }: Resource): BarKind | undefined {
  if (has(flags, IORESOURCE_IO)) return 'io'
  if (!has(flags, IORESOURCE_MEM)) return undefined
  const prefetchable = has(flags, IORESOURCE_PREFETCH)
  if (has(flags, IORESOURCE_MEM_64)) return prefetchable ? 'mem64pref' : 'mem64'
  return prefetchable ? 'mem32pref' : 'mem32'
}

/** The kernel has given it an address. */
export const isAssigned = ({ start, flags }: Resource): boolean => start !== 0n && !has(flags, IORESOURCE_UNSET)

/** One bit of the flags, without operators that cut numbers. */
const has = (flags: bigint, bit: bigint): boolean => (flags / bit) % 2n === 1n
