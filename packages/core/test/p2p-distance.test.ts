import { describe, expect, test } from 'vitest'
import {
  ACS_BITS,
  compose,
  createHooks,
  initP2p,
  mapType,
  type MapTypeServices,
  miscDevice,
  p2pDistance,
  p2pProvider,
  PCI_ACS_CTRL,
  readAcs,
  soloKernel,
  type TraceFact,
} from '../src/index.ts'
import { liveMachine } from './live-functions.ts'

/** Two endpoints below one switch and one below another root port, on a CPU that the Zen rule does not cover. */
function house(switches: string[] = []) {
  const machine = liveMachine({
    cpu: { vendor: 'GenuineIntel', family: 6 },
    hostBridges: [
      {
        id: '8086:29c0',
        devices: [
          {
            rootPort: 'rp0',
            below: [
              {
                switch: 'sw',
                ports: [
                  { acs: 'off', below: [{ endpoint: 'gpu', bars: [{ index: 0, length: '1 MiB' }] }] },
                  { acs: 'off', below: [{ endpoint: 'near', bars: [{ index: 0, length: '64 KiB' }] }] },
                ],
              },
            ],
          },
          { rootPort: 'rp1', below: [{ endpoint: 'far', bars: [{ index: 0, length: '64 KiB' }] }] },
        ],
      },
    ],
  })
  const { topology, devices, device } = machine
  const seen: TraceFact[] = []
  const services: MapTypeServices = {
    topology,
    devices,
    facts: compose({ topology, plugins: [], facts: { switches } }).facts,
    hooks: createHooks(),
    trace: { on: true, emit: (fact) => seen.push(fact) },
  }
  const gpu = device('gpu')
  initP2p(gpu)
  const provider = p2pProvider(gpu, 0) ?? expect.fail()
  const portAbove = (name: string) => devices.get(device(name).fn.parent ?? expect.fail())
  const setAcs = (name: string, control: number): void => {
    const port = portAbove(name)
    const acs = readAcs(port.fn.config)
    port.config.write((acs.kind === 'present' ? acs.offset : expect.fail()) + PCI_ACS_CTRL, 2, control)
  }
  const codes = () => seen.flatMap((fact) => (fact.kind === 'log' ? (fact.code ?? []) : []))
  return { ...machine, services, gpu, provider, setAcs, portAbove, codes }
}

describe('distance', () => {
  test('P2P-23: a pair that may talk has its hops, one that may not has -1', () => {
    const { services, gpu, device } = house()
    expect(p2pDistance(services, gpu, device('near'), true)).toBe(4)
    expect(p2pDistance(services, gpu, device('far'), true)).toBe(-1)
  })

  test('P2P-28, P2P-30: it computes anew, and what it leaves in the cache is what a kernel that trusts the cache maps by', () => {
    const { services, gpu, provider, device, setAcs } = house(['BUG-39'])
    expect(mapType(services, provider, device('near')).mapType).toBe('bus-addr')
    setAcs('near', ACS_BITS.RR)
    expect(mapType(services, provider, device('near')).mapType).toBe('bus-addr')
    expect(p2pDistance(services, gpu, device('near'), false)).toBe(-1)
    expect(mapType(services, provider, device('near')).mapType).toBe('not-supported')
  })

  test('P2P-31 to P2P-33: the reasons are told in order; of an unlisted host bridge also to who did not ask', () => {
    const verbose = house()
    verbose.setAcs('near', ACS_BITS.RR)
    p2pDistance(verbose.services, verbose.gpu, verbose.device('near'), true)
    expect(verbose.codes()).toEqual(['acs-redirect', 'disable-hint', 'host-bridge-not-listed', 'no-common-bridge'])
    const quiet = house()
    quiet.setAcs('near', ACS_BITS.RR)
    p2pDistance(quiet.services, quiet.gpu, quiet.device('near'), false)
    expect(quiet.codes()).toEqual(['host-bridge-not-listed'])
    const unrelated = house()
    p2pDistance(unrelated.services, unrelated.gpu, unrelated.device('far'), true)
    expect(unrelated.codes()).toEqual(['no-common-bridge'])
  })

  test('P2P-17, P2P-18, P2P-34: a client that is no PCI function is no client, and only the distance says so', () => {
    const { services, gpu, provider, codes } = house()
    const misc = miscDevice('misc', soloKernel())
    expect(mapType(services, provider, misc).mapType).toBe('not-supported')
    expect(codes()).toEqual([])
    expect(p2pDistance(services, gpu, misc, true)).toBe(-1)
    expect(codes()).toEqual(['not-pci'])
  })

  test('P2P-18: a client that hangs on a PCI function has the distance of that one, and never a mapping', () => {
    const { services, gpu, provider, device, codes } = house()
    const kernel = soloKernel()
    const child = miscDevice('child', kernel, device('near'))
    const grandchild = miscDevice('grandchild', kernel, child)
    expect([child, grandchild].map((one) => p2pDistance(services, gpu, one, true))).toEqual([4, 4])
    expect([child, grandchild].map((one) => mapType(services, provider, one).mapType)).toEqual([
      'not-supported',
      'not-supported',
    ])
    expect(codes()).toEqual([])
  })

  test('HB-4, ACS-1: what the kernel is made to believe of a function counts, not its registers', () => {
    const { services, gpu, device, topology, devices, portAbove } = house()
    const first = devices.get(topology.children('0000:00')[0]?.bdf ?? expect.fail())
    first.pretence = { id: { vendor: 0x8086, device: 0x2030 } }
    expect(p2pDistance(services, gpu, device('far'), false)).toBe(6)
    portAbove('far').pretence = { acs: ACS_BITS.RR }
    expect(p2pDistance(services, gpu, device('far'), false)).toBe(6)
    const upstream = devices.get(portAbove('near').fn.parent ?? expect.fail())
    upstream.pretence = { acs: ACS_BITS.RR }
    expect(mapType(services, p2pProvider(gpu, 0) ?? expect.fail(), device('near')).mapType).toBe('thru-host-bridge')
  })
})
