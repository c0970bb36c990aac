/** A machine on the table: hardware and judge over a topology that is written down, with nobody's driver. */
import {
  type Access,
  type Bdf,
  buildTopology,
  busAddr,
  type Device,
  type DmaAddr,
  type DmaResult,
  drive,
  type IommuUnit,
  type Kernel,
  type Landing,
  soloKernel,
  type Topology,
  type TopologySpec,
  type Trace,
  type TraceFact,
} from '@barter/core'
import { createHardware, type Hardware, type HardwareTiming } from '../../src/hardware/index.ts'
import { createOracle, type Oracle } from '../../src/oracle/index.ts'

export interface Options {
  readonly kernel?: Kernel
  readonly iommu?: IommuUnit
  readonly timing?: Partial<HardwareTiming>
  readonly trace?: Trace
  /** Change what the spec builds, for what it cannot say. */
  readonly change?: (topology: Topology, at: (name: string) => Bdf) => Topology
}

export interface Machine {
  readonly topology: Topology
  readonly hardware: Hardware
  readonly oracle: Oracle
  /** What was traced. */
  readonly facts: readonly TraceFact[]
  readonly at: (name: string) => Bdf
  readonly device: (name: string) => Device
  /** Bus address of a byte of a BAR, as its register has it. */
  readonly bus: (name: string, bar?: number, offset?: number) => number
  /** CPU address of the same. */
  readonly phys: (name: string, bar?: number, offset?: number) => number
  readonly landing: (from: string, at: number, access?: Access) => Landing
  /** The way in words: `0000:01:00.0 endpoint: …`. */
  readonly hops: (from: string, at: number, translated?: boolean) => string[]
  readonly write: (from: string, at: number, text: string, length?: number) => DmaResult
  readonly read: (from: string, at: number, length: number) => DmaResult
}

export function powerOn(spec: TopologySpec, options: Options = {}): Machine {
  const built = buildTopology(spec)
  const at = (name: string): Bdf => {
    const bdf = built.names.get(name)
    if (bdf === undefined) throw new Error(`no ${name} in the spec`)
    return bdf
  }
  const topology = options.change?.(built.topology, at) ?? built.topology
  const facts: TraceFact[] = []
  const trace: Trace = options.trace ?? {
    on: true,
    emit: (fact) => {
      facts.push(fact)
    },
  }
  const kernel = options.kernel ?? soloKernel()
  const oracle = createOracle({ trace, now: () => kernel.now(), seq: () => facts.length, pageSize: 4096 })
  const hardware = createHardware({
    topology,
    kernel,
    trace,
    judge: oracle,
    ...(options.iommu === undefined ? {} : { iommu: options.iommu }),
    ...(options.timing === undefined ? {} : { timing: options.timing }),
  })
  const devices = new Map<string, Device>()
  const device = (name: string): Device => {
    const known = devices.get(name) ?? deviceOf(name, at(name), topology, hardware, kernel)
    devices.set(name, known)
    return known
  }
  const barOf = (name: string, index: number) => {
    const bar = topology.get(at(name)).bars.find((one) => one.index === index)
    if (bar === undefined) throw new Error(`${name} has no BAR ${index}`)
    return bar
  }
  const dma = (from: string, address: number, access: Access, length: number, data?: Uint8Array): DmaResult => {
    const target: DmaAddr = busAddr(address)
    const request = { from: device(from), access, at: target, length }
    return drive(hardware.dma(data === undefined ? request : { ...request, data }))
  }
  return {
    topology,
    hardware,
    oracle,
    facts,
    at,
    device,
    bus: (name, bar = 0, offset = 0) => barOf(name, bar).bus + offset,
    phys: (name, bar = 0, offset = 0) => barOf(name, bar).start + offset,
    landing: (from, address, access = 'write') => hardware.route(at(from), address, access).landing,
    hops: (from, address, translated = false) =>
      hardware.route(at(from), address, 'write', translated).hops.map((hop) => `${hop.at} ${hop.why}`),
    write: (from, address, text, length = text.length) => dma(from, address, 'write', length, bytes(text)),
    read: (from, address, length) => dma(from, address, 'read', length),
  }
}

/** Latin letters as bytes. */
export const bytes = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0))
export const textOf = (data: Uint8Array | undefined): string => String.fromCharCode(...(data ?? []))

function deviceOf(name: string, bdf: Bdf, topology: Topology, hardware: Hardware, kernel: Kernel): Device {
  return {
    name,
    bdf,
    fn: topology.get(bdf),
    config: {
      read: (offset, width) => hardware.configRead(bdf, offset, width),
      write: (offset, width, value) => {
        hardware.configWrite(bdf, offset, width, value)
      },
    },
    lock: kernel.lock(name),
    dmaMaskBits: 64,
    p2p: undefined,
  }
}
