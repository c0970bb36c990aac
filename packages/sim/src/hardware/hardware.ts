/**
 * The simulated machine below the drivers: configuration registers, the fabric between the functions, and what BARs and
 * RAM hold. It routes by registers alone and knows nothing of what software believes (INV-16, INV-18).
 */
import type { Access, Bdf, Bus, HazardPolicy, IommuUnit, Route, Topology, Trace, UnansweredRequest } from '@barter/core'
import { Aftermath } from './aftermath.ts'
import { Contents } from './contents.ts'
import { Fabric } from './fabric/fabric.ts'
import { ConfigPort, type HardwareKernel } from './function/config-port.ts'
import { Functions, type RegistersWatched } from './function/functions.ts'
import type { Judge } from './judge.ts'
import { passThrough } from './pass-through.ts'
import type { SparseBytes } from './sparse-bytes.ts'
import { DEFAULT_TIMING, type HardwareTiming } from './timing.ts'
import { Transfer } from './transfer.ts'
import { wiringOf } from './wiring.ts'

export interface HardwareParts {
  readonly topology: Topology
  readonly kernel: HardwareKernel
  readonly trace: Trace
  readonly judge: Judge
  /** Passes addresses unchanged unless given; a run that makes it later calls `useIommu`. */
  readonly iommu?: IommuUnit
  readonly timing?: Partial<HardwareTiming>
  /** The machine goes down over a request that nobody answered; asked for by a hazard policy only. */
  readonly machineCheck?: (request: UnansweredRequest) => void
  readonly watched?: RegistersWatched | undefined
  /** Names of functions in the trace; their bdf unless given. */
  readonly nameOf?: (bdf: Bdf) => string
}

export interface Hardware extends Bus {
  useIommu(unit: IommuUnit): void
  useHazard(policy: HazardPolicy | undefined): void
  /** Take a function out of the machine: it never answers again. */
  remove(of: Bdf, why: string): void
  /** Contents of a BAR by offset, for tests and pages: no packet is sent. */
  bar(of: Bdf, index: number): SparseBytes
  /** Contents of RAM by CPU address. */
  readonly memory: SparseBytes
  /** Why a function answers no memory request now, or `undefined`. */
  whyDark(of: Bdf): string | undefined
}

/** Power on: every register as the topology has it. **Errors** of its methods `UsageError` `DEVICE_UNKNOWN`. */
export function createHardware(parts: HardwareParts): Hardware {
  const { kernel, trace, judge } = parts
  const nameOf = parts.nameOf ?? ((bdf: Bdf): string => bdf)
  const timing = { ...DEFAULT_TIMING, ...parts.timing }
  const functions = new Functions(wiringOf(parts.topology), parts.watched)
  const contents = new Contents()
  const fabric = new Fabric(functions, parts.iommu ?? passThrough())
  const config = new ConfigPort({ functions, kernel, trace, judge, timing, nameOf })
  const aftermath = new Aftermath({
    functions,
    machineCheck: parts.machineCheck ?? (() => undefined),
    contain: (port) => {
      config.contain(port)
    },
  })
  const transfer = new Transfer({ functions, fabric, contents, judge, aftermath, trace, nameOf })
  return {
    configRead: (of, offset, width) => config.read(of, offset, width),
    configWrite: (of, offset, width, value) => {
      config.write(of, offset, width, value)
    },
    dma: (request) => transfer.dma(request),
    cpu: (access, at, length, data, owner) => transfer.cpu(access, at, length, data, owner),
    route: (from: Bdf, at: number, access: Access, translated = false): Route =>
      fabric.route(functions.wired(from), at, access, { translated, sent: false, told: true }),
    useIommu: (unit) => {
      fabric.iommu = unit
    },
    useHazard: (policy) => {
      aftermath.policy = policy
    },
    remove: (of, why) => {
      config.remove(of, why)
    },
    bar: (of, index) => contents.bar(of, index),
    memory: contents.memory,
    whyDark: (of) => functions.of(of).darkBecause,
  }
}
