/** What the root complex makes of a CPU physical address: RAM, a host bridge's window, or nothing. Fixed per topology. */
import { type HostBridge, overlaps, type Topology } from '@barter/core'
import type { WiredBus, Wiring } from '../wiring.ts'
import type { BusMaps } from './bus-map.ts'
import type { PeerRouting } from './peer-routing.ts'

export type Decoded =
  | { readonly kind: 'memory'; readonly length: number }
  | { readonly kind: 'bridge'; readonly root: WiredBus; readonly busAddress: number; readonly length: number }
  | { readonly kind: 'nothing'; readonly length: number }

export type Inbound =
  | { readonly kind: 'reached'; readonly address: number; readonly length: number; readonly moved: boolean }
  | { readonly kind: 'outside'; readonly length: number }

/** Writes here are interrupt messages on x86, before any translation. */
const INTERRUPT_WINDOW = { start: 0xfee0_0000, length: 0x10_0000 }
const X86 = /^(x86|x86_64|i[3-6]86|amd64)$/

export class RootComplex {
  readonly peers: PeerRouting
  readonly #topology: Topology
  readonly #roots: readonly WiredBus[]
  readonly #maps: BusMaps
  readonly #hasInterruptWindow: boolean

  constructor(wiring: Wiring, maps: BusMaps) {
    this.peers = wiring.peers
    this.#topology = wiring.topology
    this.#roots = wiring.roots
    this.#maps = maps
    const { arch, vendor } = wiring.topology.cpu
    this.#hasInterruptWindow = arch === undefined ? vendor !== undefined : X86.test(arch)
  }

  /** The request is an interrupt message, and no access to memory. */
  isInterrupt(address: number): boolean {
    return this.#hasInterruptWindow && overlaps(INTERRUPT_WINDOW.start, INTERRUPT_WINDOW.length, address, 1)
  }

  /** How far from `address` the answer of `isInterrupt` holds. */
  interruptSpan(address: number): number {
    return this.#hasInterruptWindow ? boundary(INTERRUPT_WINDOW.start, INTERRUPT_WINDOW.length, address) : Infinity
  }

  /** The host bridge's inbound view of a bus address (`dma-ranges`, DMA-4). Without ranges nothing changes. */
  inbound(bridge: HostBridge, address: number): Inbound {
    if (bridge.inbound.length === 0) return { kind: 'reached', address, length: Infinity, moved: false }
    let length = Infinity
    for (const range of bridge.inbound) {
      const within = address >= range.bus && address < range.bus + range.length
      length = Math.min(length, boundary(range.bus, range.length, address))
      if (within)
        return { kind: 'reached', address: address - range.bus + range.start, length, moved: range.bus !== range.start }
    }
    return { kind: 'outside', length }
  }

  decode(address: number): Decoded {
    let length = Infinity
    for (const ram of this.#topology.memory) {
      length = Math.min(length, boundary(ram.start, ram.length, address))
      if (address >= ram.start && address < ram.start + ram.length) return { kind: 'memory', length }
    }
    for (const root of this.#roots) {
      for (const window of root.hostBridge.windows) {
        length = Math.min(length, boundary(window.start, window.length, address))
        if (address >= window.start && address < window.start + window.length) {
          return { kind: 'bridge', root, busAddress: address + window.busOffset, length }
        }
      }
    }
    // Windows that are not known: what the devices below decode is inside, at offset 0.
    for (const root of this.#roots) {
      if (root.hostBridge.windows.length > 0) continue
      const map = this.#maps.of(root)
      const claim = map.find(address)
      length = Math.min(length, map.span)
      if (claim >= 0) return { kind: 'bridge', root, busAddress: address, length }
    }
    return { kind: 'nothing', length }
  }
}

/** Bytes from `address` to the next edge of the range, if it lies ahead. */
function boundary(start: number, length: number, address: number): number {
  if (address < start) return start - address
  return address < start + length ? start + length - address : Infinity
}
