/** Base address registers as bytes. Their length is not in them: a machine learns it by writing ones. */
import { ADDRESS_LIMIT, type BusAddr, busAddr } from '../address.ts'
import { type ConfigSpace, PCI_BASE_ADDRESS_0 } from '../config-space.ts'
import type { BarKind } from '../pci-function.ts'

const SPACE_IO = 0x1
const TYPE_64 = 0x4
const PREFETCH = 0x8
const SPAN_32 = 2 ** 32

export interface BarRegister {
  /** 0..5; a 64-bit BAR has the lower index only. */
  readonly index: number
  readonly kind: BarKind
  /** The address that the function answers to on its bus. */
  readonly bus: BusAddr
}

/** How many BAR registers a header has: 6 on an endpoint, 2 on a bridge, 1 on a CardBus bridge. */
export function barCount(config: ConfigSpace): number {
  const type = config.headerType
  if (type === undefined) return 0
  return type === 0 ? 6 : type === 1 ? 2 : 1
}

/**
 * The BAR registers that hold something. A register of zeros is left out: it is absent, or a 32-bit BAR that nobody
 * gave an address. So are addresses beyond 2^52, and every register of a function that does not answer.
 */
export function readBarRegisters(config: ConfigSpace): BarRegister[] {
  return config.silent ? [] : readBarsAt(config, PCI_BASE_ADDRESS_0, barCount(config))
}

/** The same for `count` registers from `offset` on; the SR-IOV capability has such a row too. */
export function readBarsAt(config: ConfigSpace, offset: number, count: number): BarRegister[] {
  const found: BarRegister[] = []
  for (let index = 0; index < count; index++) {
    const at = index
    const low = config.read32(offset + 4 * index)
    if (low === undefined) break
    if (low === 0) continue
    const kind = barKind(low)
    if (isWide(kind)) index++
    const high = isWide(kind) ? config.read32(offset + 4 * index) : 0
    if (high === undefined) break
    const address = high * SPAN_32 + ((low & (kind === 'io' ? ~0x3 : ~0xf)) >>> 0)
    if (address < ADDRESS_LIMIT) found.push({ index: at, kind, bus: busAddr(address) })
  }
  return found
}

/** Write a BAR's register, or the pair of a 64-bit one. */
export function writeBarRegister(config: ConfigSpace, bar: BarRegister, offset = PCI_BASE_ADDRESS_0): void {
  const at = offset + 4 * bar.index
  config.write(at, 4, (bar.bus % SPAN_32) + kindBits(bar.kind))
  if (isWide(bar.kind)) config.write(at + 4, 4, Math.floor(bar.bus / SPAN_32))
}

/** The BAR takes two registers. */
export const isWide = (kind: BarKind): boolean => kind === 'mem64' || kind === 'mem64pref'

function barKind(low: number): BarKind {
  if ((low & SPACE_IO) !== 0) return 'io'
  const prefetchable = (low & PREFETCH) !== 0
  if ((low & TYPE_64) !== 0) return prefetchable ? 'mem64pref' : 'mem64'
  return prefetchable ? 'mem32pref' : 'mem32'
}

function kindBits(kind: BarKind): number {
  if (kind === 'io') return SPACE_IO
  return (isWide(kind) ? TYPE_64 : 0) | (kind === 'mem64pref' || kind === 'mem32pref' ? PREFETCH : 0)
}
