/**
 * A little hardware for tests of the PCI core: configuration registers that react. A reset takes a function off the
 * bus for a while of virtual time and forgets its registers.
 */
import type { ConfigSpace } from '../src/index.ts'
import {
  type Bdf,
  buildTopology,
  type ConfigWidth,
  type Device,
  type Devices,
  type Op,
  PCI_AF_CTRL,
  PCI_BASE_ADDRESS_0,
  PCI_BRIDGE_CONTROL,
  PCI_BRIDGE_CTL_BUS_RESET,
  PCI_COMMAND,
  PCI_EXP_DEVCTL,
  PCI_EXP_DEVCTL_BCR_FLR,
  PCI_PM_CTRL,
  type PciFunction,
  readAf,
  readPcie,
  readPowerManagement,
  soloKernel,
  type Topology,
  type TopologySpec,
} from '../src/index.ts'

export interface LiveMachine {
  readonly topology: Topology
  readonly devices: Devices
  device(name: string): Device
  /** Virtual time, which `run` moves. */
  readonly now: () => number
  /** How long a reset takes. */
  dark: number
  /** Writes to configuration space, as `name offset=value`, in order. */
  readonly writes: string[]
  run<T>(op: Op<T>): T
}

export function liveMachine(spec: TopologySpec): LiveMachine {
  const { topology, names } = buildTopology(spec)
  const nameOf = new Map([...names].map(([name, bdf]) => [bdf, name]))
  let now = 0
  const writes: string[] = []
  const made = new Map<Bdf, Device>()
  const darkUntil = new Map<Bdf, number>()
  const live = new Map<Bdf, ConfigSpace>(topology.functions.map((fn) => [fn.bdf, fn.config.copy()]))
  const space = (fn: PciFunction): ConfigSpace => live.get(fn.bdf) ?? fn.config

  const forget = (fn: PciFunction): void => {
    darkUntil.set(fn.bdf, now + machine.dark)
    space(fn).write(PCI_COMMAND, 2, 0)
    for (let bar = 0; bar < 6; bar++) space(fn).write(PCI_BASE_ADDRESS_0 + 4 * bar, 4, 0)
    const express = readPcie(fn.config)
    if (express !== null && express !== undefined) space(fn).write(express.offset + PCI_EXP_DEVCTL, 2, 0)
  }
  const write = (fn: PciFunction, offset: number, width: ConfigWidth, value: number): void => {
    writes.push(`${nameOf.get(fn.bdf) ?? fn.bdf} ${offset.toString(16)}=${value.toString(16)}`)
    const config = space(fn)
    const before = readPowerManagement(config)
    const express = readPcie(fn.config)
    const af = readAf(fn.config)
    if (express && offset === express.offset + PCI_EXP_DEVCTL && value >= PCI_EXP_DEVCTL_BCR_FLR) return forget(fn)
    if (af && offset === af.offset + PCI_AF_CTRL && value === 1) return forget(fn)
    config.write(offset, width, value)
    if (fn.bridge !== undefined && offset === PCI_BRIDGE_CONTROL && value >= PCI_BRIDGE_CTL_BUS_RESET) {
      for (const below of topology.children(fn.bdf)) forget(below)
    }
    const wakes = before && offset === before.offset + PCI_PM_CTRL && before.state === 3 && value % 4 === 0
    if (wakes && !before.noSoftReset) forget(fn)
  }
  for (const fn of topology.functions) {
    const name = nameOf.get(fn.bdf) ?? fn.bdf
    made.set(fn.bdf, {
      name,
      bdf: fn.bdf,
      fn,
      config: {
        read: (offset, width) =>
          (darkUntil.get(fn.bdf) ?? 0) > now ? 256 ** width - 1 : (space(fn).read(offset, width) ?? 256 ** width - 1),
        write: (offset, width, value) => {
          if ((darkUntil.get(fn.bdf) ?? 0) <= now) write(fn, offset, width, value)
        },
      },
      lock: soloKernel().lock(`device(${name})`),
      dmaMaskBits: 64,
      p2p: undefined,
    })
  }
  const device = (bdf: Bdf | undefined): Device => {
    const found = bdf === undefined ? undefined : made.get(bdf)
    if (found === undefined) throw new Error('no such device')
    return found
  }
  const machine: LiveMachine = {
    topology,
    devices: { get: device, all: [...made.values()] },
    device: (name) => device(names.get(name)),
    now: () => now,
    dark: 0,
    writes,
    run: (op) => {
      for (;;) {
        const next = op.next()
        if (next.done === true) return next.value
        if (next.value.kind === 'sleep') now += next.value.ticks
        else if (next.value.kind !== 'point') throw new Error(`blocks: ${next.value.kind}`)
      }
    },
  }
  return machine
}
