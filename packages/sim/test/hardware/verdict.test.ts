/**
 * The kernel's verdict held against the hardware, with the IOMMU off: which addresses software would use, and where the
 * registers take them.
 */
import {
  PCI_ACS_EGRESS_CTL_V,
  type P2pVerdict,
  p2pVerdict,
  type PciFunction,
  readAcs,
  type Route,
  type TopologySpec,
} from '@barter/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Machine, powerOn } from './machine.ts'
import { ACS_EVERYWHERE, ANY_ACS, randomMachine } from './random-machine.ts'
import { cascade, endpoint, oneSwitch } from './topologies.ts'

interface Trial {
  readonly verdict: P2pVerdict
  /** They meet at one link: they are functions of one device, or a switch and a function beside it. */
  readonly oneDevice: boolean
  readonly route: Route
  /** Ended in the byte that was meant. */
  readonly right: boolean
}

/** Every ordered pair that the kernel would map, with its last byte on the way. */
function trials(spec: TopologySpec, mapType: 'bus-addr' | 'thru-host-bridge'): Trial[] {
  const machine = powerOn(spec)
  const lenders = machine.topology.functions.filter((fn) => fn.bars.length > 0)
  return lenders.flatMap((provider) =>
    lenders.flatMap((client) => {
      const verdict = p2pVerdict(machine.topology, provider, client)
      return verdict.mapType === mapType ? [trial(machine, verdict, provider, client)] : []
    }),
  )
}

function trial(machine: Machine, verdict: P2pVerdict, provider: PciFunction, client: PciFunction): Trial {
  const bar = provider.bars[provider.bars.length - 1]
  if (bar?.length === undefined) throw new Error(`${provider.bdf} has no BAR`)
  const offset = bar.length - 1
  const at = (verdict.mapType === 'bus-addr' ? bar.bus : bar.start) + offset
  const route = machine.hardware.route(client.bdf, at, 'write')
  const { landing } = route
  const right =
    landing.kind === 'bar' && landing.device === provider.bdf && landing.bar === bar.index && landing.offset === offset
  const common = verdict.commonUpstream === null ? undefined : machine.topology.get(verdict.commonUpstream)
  const oneDevice = common?.kind === 'root-port' || common?.kind === 'downstream-port'
  return { verdict, oneDevice, route, right }
}

const story = ({ verdict, route }: Trial): unknown => ({ verdict, route })

describe('INV-16, INV-18 over random machines', () => {
  test('INV-16, INV-18: every bus-addr verdict stays below the common bridge and ends in the right byte', () => {
    let pairs = 0
    fc.assert(
      fc.property(randomMachine(ANY_ACS), (spec) => {
        for (const one of trials(spec, 'bus-addr')) {
          pairs++
          expect(one.right, JSON.stringify(story(one))).toBe(true)
          expect(one.route.viaHostBridge, JSON.stringify(story(one))).toBe(false)
        }
      }),
      { numRuns: 150 },
    )
    expect(pairs).toBeGreaterThan(100)
  })

  test('INV-16, INV-18: with ACS on at all ports the thru verdicts pass the host bridge, but within a device', () => {
    let pairs = 0
    fc.assert(
      fc.property(randomMachine(ACS_EVERYWHERE), (spec) => {
        for (const one of trials(spec, 'thru-host-bridge')) {
          pairs++
          expect(one.right, JSON.stringify(story(one))).toBe(true)
          // The second finding below, where bus and CPU addresses are the same.
          expect(one.route.viaHostBridge || one.oneDevice, JSON.stringify(story(one))).toBe(true)
        }
      }),
      { numRuns: 150 },
    )
    expect(pairs).toBeGreaterThan(100)
  })

  test('INV-16: with any ACS bits a thru verdict ends in the right byte, or at a port without UF', () => {
    const seen = { through: 0, shortcut: 0, refused: 0 }
    fc.assert(
      fc.property(randomMachine(ANY_ACS), (spec) => {
        for (const one of trials(spec, 'thru-host-bridge')) {
          if (one.right) seen[one.route.viaHostBridge ? 'through' : 'shortcut']++
          else {
            expect(one.route.why, JSON.stringify(story(one))).toContain('ACS UF is not set')
            seen.refused++
          }
        }
      }),
      { numRuns: 150 },
    )
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(0)
  })
})

/**
 * Where kernel and hardware part. None of them lets a packet end in a wrong byte. All need a DMA address that a switch or
 * a device decodes by itself: with an IOMMU that translates, DMA-7 keeps IOVAs clear of those.
 */
describe('findings', () => {
  const kernelSays = (machine: Machine, client: string, provider: string): string | undefined =>
    p2pVerdict(machine.topology, machine.topology.get(machine.at(provider)), machine.topology.get(machine.at(client)))
      .mapType
  const host = { id: '8086:2020', routesPeers: true }
  const goes = (machine: Machine, client: string, provider: string): Route =>
    machine.hardware.route(machine.at(client), machine.phys(provider), 'write')

  test.each([
    { name: 'RR at the port of the provider only', nic: [], nvme: ['RR'] },
    { name: 'CR at the port of the client only', nic: ['CR'], nvme: [] },
    { name: 'EC without a vector bit', nic: ['EC'], nvme: [] },
    { name: 'EC and RR without a vector bit', nic: ['EC', 'RR'], nvme: [] },
  ] as const)('ACS-8: first finding, $name: the kernel counts it, requests go across', ({ nic, nvme }) => {
    const machine = powerOn(oneSwitch({ acs: nic }, { acs: nvme }, host))
    expect(kernelSays(machine, 'nic', 'nvme')).toBe('thru-host-bridge')
    expect(goes(machine, 'nic', 'nvme')).toMatchObject({ landing: { kind: 'bar' }, viaHostBridge: false })
  })

  test('ACS-8: first finding, with the vector bit set: the kernel says through, the port refuses', () => {
    const machine = powerOn(oneSwitch({ acs: ['EC'] }, {}, host))
    const acs = readAcs(machine.topology.get(machine.at('nicPort')).config)
    const vector = (acs.kind === 'present' ? acs.offset : 0) + PCI_ACS_EGRESS_CTL_V
    machine.hardware.configWrite(machine.at('nicPort'), vector, 4, 0xffff_ffff)
    expect(kernelSays(machine, 'nic', 'nvme')).toBe('thru-host-bridge')
    expect(goes(machine, 'nic', 'nvme').landing).toEqual({ kind: 'acs-violation', at: machine.at('nicPort') })
  })

  test('ACS-7: second finding: siblings without ACS never get as far as the port that redirects', () => {
    const device = endpoint('one', { functions: [endpoint('two')] })
    const machine = powerOn({
      hostBridges: [{ ...host, devices: [{ rootPort: 'root', acs: ['SV', 'RR', 'CR', 'UF'], below: [device] }] }],
    })
    expect(kernelSays(machine, 'one', 'two')).toBe('thru-host-bridge')
    expect(goes(machine, 'one', 'two')).toMatchObject({ landing: { kind: 'bar' }, viaHostBridge: false })
  })

  test('ACS-2: third finding: redirected below a port without UF, the packet is refused', () => {
    const machine = powerOn(cascade({ near: ['RR', 'CR'] }))
    expect(kernelSays(machine, 'near', 'far')).toBe('not-supported')
    const trusted = powerOn({
      ...cascade({ near: ['RR', 'CR'] }),
      cpu: { vendor: 'AuthenticAMD', family: 0x19 },
    })
    expect(kernelSays(trusted, 'near', 'far')).toBe('thru-host-bridge')
    expect(goes(trusted, 'near', 'far').landing).toEqual({ kind: 'unsupported-request', at: trusted.at('joint') })
  })
})
