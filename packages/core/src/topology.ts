/** A PCI system as data: domains, host bridges, the tree of functions, the CPU. Immutable; a change makes a new one. */
import type { PhysAddr, PhysRange } from './address.ts'
import { type Bdf, compareBdf } from './bdf.ts'
import { UsageError } from './errors.ts'
import type { PciFunction } from './pci-function.ts'

/** A window of a host bridge: CPU addresses `start..` appear on its bus at `start + busOffset` (P2P-4, HAZ-9). */
export interface HostWindow {
  readonly start: PhysAddr
  readonly length: number
  readonly busOffset: number
}

/** Inbound view: bus addresses `bus..` of devices below reach CPU addresses `start..` (`dma-ranges`, DMA-4). */
export interface InboundRange {
  readonly bus: number
  readonly start: PhysAddr
  readonly length: number
}

export interface HostBridge {
  /** Domain and root bus: `0000:00`. */
  readonly id: string
  /** Outbound windows. Empty when not known: then every BAR found below it counts as inside, at offset 0. */
  readonly windows: readonly HostWindow[]
  /** No ranges: bus and CPU addresses are the same inbound. */
  readonly inbound: readonly InboundRange[]
  /**
   * Hardware fact: does this root complex carry requests from one of its ports to another device? `undefined`: what is
   * known of the platform (the kernel's list and CPU rule) is taken for the truth.
   */
  readonly routesPeers?: boolean
  /** The capture may lack the first function of the root bus, which stands for the bridge (HB-2). */
  readonly firstHidden?: true
  /** It is not known to be a root bus: the bridges above are not in the capture. Implies `firstHidden`. */
  readonly guessed?: true
}

export interface Cpu {
  /** Linux architecture word: `x86_64`, `arm64`, `ppc64`, ...; `undefined` when the capture does not tell. */
  readonly arch: string | undefined
  /** cpuid vendor: `AuthenticAMD`, `GenuineIntel`, `HygonGenuine`. */
  readonly vendor: string | undefined
  readonly family: number | undefined
  readonly name?: string
}

export type IommuMode = 'none' | 'identity' | 'translated'

export interface TopologyData {
  readonly functions: readonly PciFunction[]
  readonly hostBridges: readonly HostBridge[]
  readonly cpu: Cpu
  /** RAM as the CPU sees it. */
  readonly memory: readonly PhysRange[]
  /** What the machine was seen to do about the IOMMU; `undefined` when the capture does not tell. */
  readonly iommu?: { readonly mode: IommuMode; readonly strict?: boolean }
  readonly kernelRelease?: string
  readonly commandLine?: string
  /** What could not be read, and what is unknown because of it. Sentences for people. */
  readonly unknown: readonly string[]
}

export class Topology implements TopologyData {
  readonly functions: readonly PciFunction[]
  readonly hostBridges: readonly HostBridge[]
  readonly cpu: Cpu
  readonly memory: readonly PhysRange[]
  readonly iommu?: { readonly mode: IommuMode; readonly strict?: boolean }
  readonly kernelRelease?: string
  readonly commandLine?: string
  readonly unknown: readonly string[]
  readonly #byBdf: ReadonlyMap<Bdf, PciFunction>
  readonly #children: ReadonlyMap<Bdf | string, readonly PciFunction[]>

  /** **Errors** `UsageError` `TOPOLOGY_BROKEN`: a function twice, a missing parent or host bridge, a loop. */
  constructor(data: TopologyData) {
    this.functions = [...data.functions].sort((a, b) => compareBdf(a.bdf, b.bdf))
    this.hostBridges = data.hostBridges
    this.cpu = data.cpu
    this.memory = data.memory
    if (data.iommu !== undefined) this.iommu = data.iommu
    if (data.kernelRelease !== undefined) this.kernelRelease = data.kernelRelease
    if (data.commandLine !== undefined) this.commandLine = data.commandLine
    this.unknown = data.unknown
    this.#byBdf = indexed(this.functions)
    this.#children = childLists(this.functions)
    this.#check()
  }

  /** The same system with some parts replaced. */
  with(change: Partial<TopologyData>): Topology {
    return new Topology({ ...this, ...change })
  }

  /** The same system with each function passed through `change`. */
  mapFunctions(change: (fn: PciFunction) => PciFunction): Topology {
    return this.with({ functions: this.functions.map(change) })
  }

  find(bdf: Bdf): PciFunction | undefined {
    return this.#byBdf.get(bdf)
  }

  /** **Errors** `UsageError` `DEVICE_UNKNOWN`. */
  get(bdf: Bdf): PciFunction {
    const found = this.#byBdf.get(bdf)
    if (found === undefined) {
      throw new UsageError('DEVICE_UNKNOWN', `there is no PCI function ${bdf} in this machine`, {
        hint: `name one of its ${this.functions.length} functions, as in ${this.functions[0]?.bdf ?? '0000:00:00.0'}`,
      })
    }
    return found
  }

  hostBridge(id: string): HostBridge {
    const found = this.hostBridges.find((bridge) => bridge.id === id)
    if (found === undefined) throw new UsageError('TOPOLOGY_BROKEN', `there is no host bridge ${id}`)
    return found
  }

  parent(fn: PciFunction): PciFunction | undefined {
    return fn.parent === null ? undefined : this.#byBdf.get(fn.parent)
  }

  /** Functions on the bus below a bridge, or, given a host bridge's id, on its root bus. In bus order. */
  children(of: Bdf | string): readonly PciFunction[] {
    return this.#children.get(of) ?? []
  }

  /** The function, the bridge above it, … up to the bridge on the root bus (P2P-20). The host bridge is not in it. */
  chain(fn: PciFunction): readonly PciFunction[] {
    const chain: PciFunction[] = []
    for (let at: PciFunction | undefined = fn; at !== undefined; at = this.parent(at)) chain.push(at)
    return chain
  }

  #check(): void {
    const bridges = new Set(this.hostBridges.map((bridge) => bridge.id))
    for (const fn of this.functions) {
      if (!bridges.has(fn.hostBridge)) throw broken(`${fn.bdf} names host bridge ${fn.hostBridge}, which is not there`)
      if (fn.parent === null) continue
      const above = this.#byBdf.get(fn.parent)
      if (above === undefined) throw broken(`${fn.bdf} names bridge ${fn.parent} above it, which is not there`)
      if (above.hostBridge !== fn.hostBridge)
        throw broken(`${fn.bdf} and ${above.bdf} are below different host bridges`)
      for (let at: PciFunction | undefined = above, depth = 0; at !== undefined; at = this.parent(at), depth++) {
        if (at === fn || depth > this.functions.length) throw broken(`${fn.bdf} is above itself`)
      }
    }
  }
}

const broken = (message: string): UsageError =>
  new UsageError('TOPOLOGY_BROKEN', message, { hint: 'each function needs the bridge above it in the same machine' })

function indexed(functions: readonly PciFunction[]): ReadonlyMap<Bdf, PciFunction> {
  const map = new Map<Bdf, PciFunction>()
  for (const fn of functions) {
    if (map.has(fn.bdf)) throw broken(`${fn.bdf} is there twice`)
    map.set(fn.bdf, fn)
  }
  return map
}

function childLists(functions: readonly PciFunction[]): ReadonlyMap<Bdf | string, readonly PciFunction[]> {
  const map = new Map<Bdf | string, PciFunction[]>()
  for (const fn of functions) {
    const key = fn.parent ?? fn.hostBridge
    const list = map.get(key)
    if (list === undefined) map.set(key, [fn])
    else list.push(fn)
  }
  return map
}
