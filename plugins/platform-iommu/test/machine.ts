import { expect } from 'vitest'
import {
  type AcsSpec,
  AT_END,
  type Bdf,
  buildTopology,
  compose,
  type Cpu,
  type Device,
  DEVICES,
  directDma,
  drive,
  type FactsChange,
  type IommuDomains,
  IOMMU_DOMAINS,
  type IommuUnit,
  type Kernel,
  KERNEL,
  NO_WITNESS,
  type Op,
  physAddr,
  type Plugin,
  service,
  soloKernel,
  type Topology,
  TRACE,
  type TraceFact,
  WITNESS,
} from '@barter/core'
import { iommu, type IommuOptions } from '../src/index.ts'

/** What Linux sets on a port under an IOMMU, so that what is below has a group of its own. */
const acs: AcsSpec = ['SV', 'RR', 'CR', 'UF']

/** Two devices below one switch, one below an external-facing port, two conventional ones behind a bridge. */
const machine = (ofSwitchPorts: AcsSpec) =>
  buildTopology({
    hostBridges: [
      {
        id: '8086:29c0',
        windows: [
          { start: '0xc0000000', length: '512 MiB' },
          { start: '0x4000000000', length: '256 GiB', bus: '0x8000000000' },
        ],
        devices: [
          {
            rootPort: 'rp0',
            acs,
            below: [
              {
                switch: 'sw0',
                ports: [
                  {
                    acs: ofSwitchPorts,
                    below: [{ endpoint: 'nvme', class: 'nvme', bars: [{ index: 0, length: '16 KiB' }] }],
                  },
                  { acs: ofSwitchPorts, below: [{ endpoint: 'nic', class: 'nic' }] },
                ],
              },
            ],
          },
          { rootPort: 'rp1', acs, externalFacing: true, below: [{ endpoint: 'dock', class: 'nic' }] },
          {
            rootPort: 'rp2',
            below: [{ pciBridge: 'bridge', below: [{ endpoint: 'sound' }, { endpoint: 'modem' }] }],
          },
        ],
      },
    ],
  })

export const built = machine(acs)
/** The same, with what Linux leaves on the ports of the switch after `pci=disable_acs_redir=`. */
export const redirectOff = machine('off')

export const bdfOf = (name: string): Bdf => built.names.get(name) ?? expect.fail(name)

export interface House {
  readonly options?: IommuOptions
  readonly facts?: FactsChange
  readonly cpu?: Cpu
  readonly topology?: Topology
  readonly plugins?: readonly Plugin[]
}

/** A run on a machine with an IOMMU. Threads that are spawned wait for `runThreads`. */
export function house({ options, facts, topology = built.topology, plugins = [] }: House = {}) {
  const system = compose({ topology, plugins: [iommu(options), ...plugins], ...(facts === undefined ? {} : { facts }) })
  const seen: TraceFact[] = []
  const leftovers: string[] = []
  const threads: (() => Op<void>)[] = []
  const checks: (() => void)[] = []
  const solo = soloKernel()
  const kernel: Kernel = {
    ...solo,
    spawn: (name, body) => {
      threads.push(body)
      return { name, ended: solo.fence(name) }
    },
  }
  const devices = new Map<Bdf, Device>(
    system.topology.functions.map((fn) => [
      fn.bdf,
      {
        name: [...built.names].find(([, bdf]) => bdf === fn.bdf)?.[0] ?? fn.bdf,
        bdf: fn.bdf,
        fn,
        config: { read: () => 0, write: () => undefined },
        lock: solo.lock('device'),
        dmaMaskBits: fn.dmaMaskBits ?? 64,
        p2p: undefined,
      },
    ]),
  )
  const passing: IommuUnit = {
    translate: (_from, address) => ({ kind: 'pass', address: physAddr(address), length: 1 }),
  }
  const run = system.openRun(
    [
      service(KERNEL, kernel),
      service(TRACE, { on: true, emit: (fact) => seen.push(fact) }),
      service(DEVICES, { get: (bdf) => devices.get(bdf) ?? expect.fail(bdf), all: [...devices.values()] }),
      service(AT_END, (check) => checks.push(check)),
      service(WITNESS, {
        ...NO_WITNESS,
        leftover: (what, rule) => leftovers.push(`${what} (${rule})`),
      }),
    ],
    () => ({ dma: directDma(system.topology), iommu: passing }),
  )
  const domains: IommuDomains = run.scope.get(IOMMU_DOMAINS)
  return {
    system,
    seen,
    domains,
    passing,
    dma: run.platform.dma,
    unit: run.platform.iommu,
    device: (name: string): Device => devices.get(bdfOf(name)) ?? expect.fail(name),
    /** What a packet finds. */
    reach: (name: string, address: number, access: 'read' | 'write' = 'read') => {
      const found = run.platform.iommu.translate(bdfOf(name), address, access, true)
      return found.kind === 'fault' ? 'fault' : found.address
    },
    runThreads: () => {
      for (let body = threads.shift(); body !== undefined; body = threads.shift()) drive(body())
    },
    /** What is left at the end of the run. */
    end: () => {
      for (const check of checks) check()
      return leftovers
    },
  }
}
