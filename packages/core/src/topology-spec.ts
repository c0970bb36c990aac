/** A topology written out by a person, made into one with real configuration bytes. */
import { physAddr } from './address.ts'
import type { Bdf } from './bdf.ts'
import { type Cpu, type HostBridge, type HostWindow, Topology } from './topology.ts'
import { assignAddresses } from './topology-spec/addresses.ts'
import { memoryOf } from './topology-spec/memory.ts'
import { plan } from './topology-spec/plan.ts'
import type { PlannedHostBridge } from './topology-spec/planned.ts'
import { sizeAt } from './topology-spec/spec-error.ts'
import type { CpuSpec, TopologySpec } from './topology-spec/spec.ts'
import { functionOf } from './topology-spec/write-function.ts'

export * from './topology-spec/spec.ts'

export interface BuiltTopology {
  readonly topology: Topology
  /** What the spec calls its devices. */
  readonly names: ReadonlyMap<string, Bdf>
}

/** So that the list of host bridges decides, and not the CPU rule. */
const DEFAULT_CPU: CpuSpec = { arch: 'x86_64', vendor: 'GenuineIntel', family: 6 }

/**
 * Build the machine that a spec describes. Buses are numbered depth-first, BARs and windows get addresses unless the
 * spec gives them, and everything is written into configuration space as firmware would leave it.
 *
 * **Errors** `UsageError` `TOPOLOGY_SPEC`, with the place in the spec and what to do about it.
 * **Not modelled** unknown keys are not looked for; topology-spec-schema.ts refuses them.
 */
export function buildTopology(spec: TopologySpec): BuiltTopology {
  const { hostBridges, functions, names } = plan(spec)
  const memory = memoryOf(spec)
  const windows = assignAddresses(hostBridges, memory)
  const roots = new Map(hostBridges.map((bridge, i) => [bridge.id, { ...bridge, windows: windows[i] ?? [] }]))
  const made = functions.map((fn) => {
    const root = roots.get(fn.hostBridge)
    return functionOf(fn, fn.parent?.bridge?.functions ?? root?.functions ?? [], root?.windows ?? [])
  })
  const topology = new Topology({
    functions: made,
    hostBridges: [...roots.values()].map((root) => hostBridge(root, root.windows)),
    cpu: cpuOf(spec.cpu ?? DEFAULT_CPU),
    memory,
    ...(spec.iommu === undefined ? {} : { iommu: { mode: spec.iommu } }),
    unknown: [],
  })
  return { topology, names: new Map([...names].map(([name, fn]) => [name, fn.bdf])) }
}

function hostBridge({ id, where, spec }: PlannedHostBridge, windows: readonly HostWindow[]): HostBridge {
  const inbound = (spec.inbound ?? []).map(({ bus, start, length }, i) => ({
    bus: sizeAt(`${where}.inbound[${i}].bus`, bus),
    start: physAddr(sizeAt(`${where}.inbound[${i}].start`, start)),
    length: sizeAt(`${where}.inbound[${i}].length`, length),
  }))
  return { id, windows, inbound, ...(spec.routesPeers === undefined ? {} : { routesPeers: spec.routesPeers }) }
}

/** A vendor string comes from cpuid, so it says x86 unless the spec says otherwise. */
function cpuOf({ arch, vendor, family, name }: CpuSpec): Cpu {
  const cpu = { arch: arch ?? (vendor === undefined ? undefined : 'x86_64'), vendor, family }
  return name === undefined ? cpu : { ...cpu, name }
}
