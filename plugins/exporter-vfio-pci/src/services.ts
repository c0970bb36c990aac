/** What the driver needs of a run, resolved once when the run begins. */
import {
  BUS,
  type Bus,
  DEVICES,
  FACTS,
  type Facts,
  HOOKS,
  KERNEL,
  PLATFORM,
  type Kernel,
  numbering,
  PCI_TIMING,
  type PciServices,
  type Scope,
  type SgtServices,
  sgtServices,
  type SystemHooks,
  TOPOLOGY,
  TRACE,
  type Trace,
  WITNESS,
  type Witness,
} from '@barter/core'
import { Containers } from './containers.ts'
import type { VfioPciOptions } from './options.ts'
import { type ContainersByName, plainContainers } from './plain-container.ts'
import { type Protocols, protocolsOf } from './protocols.ts'
import type { Variant } from './variant.ts'
import { WithoutIommu } from './without-iommu.ts'

export interface VfioServices {
  readonly kernel: Kernel
  readonly trace: Trace
  readonly witness: Witness
  readonly hooks: SystemHooks
  readonly facts: Facts
  readonly bus: Bus
  readonly pci: PciServices
  readonly sgt: SgtServices
  readonly variant: Variant
  readonly protocols: Protocols
  readonly containers: Containers
  /** Iommufds that are known by name alone. */
  readonly iommufds: ContainersByName
  readonly withoutIommu: WithoutIommu
  /** A number for the next buffer, unique in the run. */
  nextBuffer(): number
}

export function vfioServices(run: Scope, variant: Variant, options: VfioPciOptions): VfioServices {
  const facts = run.get(FACTS)
  const protocols = protocolsOf(facts, options.protocols)
  const kernel = run.get(KERNEL)
  return {
    kernel,
    trace: run.get(TRACE),
    witness: run.get(WITNESS),
    hooks: run.get(HOOKS),
    facts,
    bus: run.get(BUS),
    pci: {
      topology: run.get(TOPOLOGY),
      devices: run.get(DEVICES),
      timing: { ...PCI_TIMING, ...options.timing },
      restoreAcs: run.get(PLATFORM).programAcs,
    },
    sgt: sgtServices(run, protocols.tables),
    variant,
    protocols,
    containers: new Containers(run),
    iommufds: plainContainers(run),
    withoutIommu: new WithoutIommu(kernel, facts, run.get(TRACE), options.noiommu ?? true),
    nextBuffer: numbering(kernel, 'buffers'),
  }
}
