import { describe, expect, test } from 'vitest'
import {
  type Bdf,
  busAddressOf,
  compose,
  ConfigSpace,
  createHooks,
  destroyP2p,
  type Device,
  initP2p,
  mapType,
  type MapTypeServices,
  miscDevice,
  p2pDistance,
  p2pProvider,
  physAddr,
  type PciFunction,
  soloKernel,
} from '../src/index.ts'
import type { TraceFact } from '../src/trace.ts'
import { liveMachine } from './live-functions.ts'

const MOVED = -0x1000000000

/** A lender with memory in two windows and ports, two clients that are as far from it, and one behind another bridge. */
function house(routes: 'listed' | 'unlisted' = 'listed') {
  const machine = liveMachine({
    cpu: { vendor: 'GenuineIntel', family: 6 },
    hostBridges: [
      {
        id: routes === 'listed' ? '8086:09a2' : '8086:29c0',
        windows: [
          { start: '0xe0000000', length: '256 MiB' },
          { start: '0x4000000000', length: '1 GiB', busOffset: MOVED },
        ],
        devices: [
          {
            rootPort: 'rp0',
            below: [
              {
                switch: 'sw',
                ports: [
                  {
                    below: [
                      {
                        endpoint: 'gpu',
                        bars: [
                          { index: 0, length: '1 MiB', kind: 'mem32' },
                          { index: 1, length: 256, kind: 'io' },
                          { index: 2, length: '64 MiB', kind: 'mem64pref' },
                        ],
                      },
                    ],
                  },
                  { below: [{ endpoint: 'near' }] },
                ],
              },
            ],
          },
          { rootPort: 'rp1', below: [{ endpoint: 'shallow', bars: [{ index: 0, length: '64 KiB' }] }] },
          { rootPort: 'rp2', below: [{ endpoint: 'far' }] },
        ],
      },
    ],
  })
  const services: MapTypeServices = {
    topology: machine.topology,
    devices: machine.devices,
    facts: compose({ topology: machine.topology, plugins: [] }).facts,
    hooks: createHooks(),
    trace: { on: false, emit: () => undefined },
  }
  const gpu = machine.device('gpu')
  return { ...machine, services, gpu, bar: (index: number) => gpu.fn.bars.find((bar) => bar.index === index) }
}

describe('providers', () => {
  test('P2P-1, P2P-6: each memory BAR has one, of its device and its bus offset; ports have none, nor what is no BAR', () => {
    const { gpu, bar } = house()
    initP2p(gpu)
    expect([0, 1, 2, 3, 5, 6].map((index) => p2pProvider(gpu, index))).toEqual([
      { owner: gpu, bar: 0, busOffset: 0 },
      null,
      { owner: gpu, bar: 2, busOffset: MOVED },
      null,
      null,
      null,
    ])
    expect(bar(2)?.bus).toBe((bar(2)?.start ?? 0) + MOVED)
  })

  test('P2P-6, P2P-10: BARs that nothing can map have none, nor has a device before its state is made or after it is gone', () => {
    const { gpu } = house()
    expect(p2pProvider(gpu, 0)).toBeNull()
    expect(initP2p(gpu)).toBe(true)
    expect(p2pProvider(gpu, 0)).not.toBeNull()
    destroyP2p(gpu)
    expect(p2pProvider(gpu, 0)).toBeNull()
    const fn: PciFunction = { ...gpu.fn, nonMappableBars: true }
    const closed = { ...gpu, fn }
    expect([initP2p(closed), p2pProvider(closed, 0)]).toEqual([false, null])
  })

  test('P2P-6: to ask for one before there is any state is warned of; to ask for one that cannot be is not', () => {
    const { gpu } = house()
    const told: string[] = []
    const trace = {
      on: true,
      emit: (fact: TraceFact) => told.push(fact.kind === 'log' ? (fact.code ?? '') : fact.kind),
    }
    const closed = { ...gpu, fn: { ...gpu.fn, nonMappableBars: true } }
    expect([p2pProvider(gpu, 1, trace), p2pProvider(gpu, 6, trace), p2pProvider(closed, 0, trace)]).toEqual([
      null,
      null,
      null,
    ])
    expect(told).toEqual([])
    expect(p2pProvider(gpu, 0, trace)).toBeNull()
    expect(told).toEqual(['no-p2p-state'])
    initP2p(gpu)
    expect([p2pProvider(gpu, 0, trace)?.bar, told.length]).toEqual([0, 1])
  })

  test('P2P-3, P2P-9: memory for the state may run out, unless it is there or cannot be', () => {
    const { gpu } = house()
    const hooks = createHooks()
    hooks.fault.tap('test', ({ point, usual }) => (point === 'p2p:init' ? usual : undefined))
    const closed = { ...gpu, fn: { ...gpu.fn, nonMappableBars: true } }
    expect(initP2p(closed, hooks)).toBe(false)
    expect(() => initP2p(gpu, hooks)).toThrow(expect.objectContaining({ errno: 'ENOMEM', rule: 'P2P-3' }))
    expect(gpu.p2p).toBeUndefined()
    initP2p(gpu)
    expect(initP2p(gpu, hooks)).toBe(true)
  })

  test('P2P-1: a provider counts nobody: who keeps one has an owner without state, and it is refused (P2P-16)', () => {
    const { gpu, device, services } = house()
    initP2p(gpu)
    const kept = p2pProvider(gpu, 0) ?? expect.fail()
    destroyP2p(gpu)
    expect(mapType(services, kept, device('near'))).toMatchObject({ mapType: 'not-supported', rule: 'P2P-17' })
  })
})

describe('map types', () => {
  test('P2P-19: all BARs of a provider have the type of the device; the bus offset is that of the BAR', () => {
    const { gpu, device, services } = house()
    initP2p(gpu)
    for (const [client, type] of [
      ['near', 'bus-addr'],
      ['far', 'thru-host-bridge'],
    ] as const) {
      const types = [0, 2].map((bar) => mapType(services, p2pProvider(gpu, bar) ?? expect.fail(), device(client)))
      expect(types.map((answer) => answer.mapType)).toEqual([type, type])
    }
    const at = physAddr(0x4000001000)
    const bus = [0, 2].map((bar) => busAddressOf(p2pProvider(gpu, bar) ?? expect.fail(), at))
    expect(bus).toEqual([at, at + MOVED])
  })

  test('P2P-16: not supported where the way crosses a host bridge that is not trusted, or the client is no PCI device', () => {
    const { gpu, device, services } = house('unlisted')
    initP2p(gpu)
    const provider = p2pProvider(gpu, 0) ?? expect.fail()
    const misc = miscDevice('misc', soloKernel())
    expect(mapType(services, provider, device('far'))).toMatchObject({ mapType: 'not-supported', rule: 'HB-4' })
    expect(mapType(services, provider, misc)).toMatchObject({ mapType: 'not-supported', rule: 'P2P-17' })
    expect(mapType(services, provider, device('near')).mapType).toBe('bus-addr')
  })

  test('P2P-13: a driver is always told one of three, also where the words on the way are not known', () => {
    const told = (routes: 'listed' | 'unlisted') => {
      const { gpu, device, services, devices } = house(routes)
      initP2p(gpu)
      const provider = p2pProvider(gpu, 0) ?? expect.fail()
      // What somebody without privileges reads: the walk alone could not tell.
      const dim = (one: Device): Device => ({
        ...one,
        fn: { ...one.fn, config: new ConfigSpace(one.fn.config.bytes.slice(0, 64)) },
      })
      const blind = { ...services, devices: { ...devices, get: (bdf: Bdf) => dim(devices.get(bdf)) } }
      return ['near', 'far'].map((name) => mapType(blind, provider, device(name)).mapType)
    }
    expect(told('listed')).toEqual(['thru-host-bridge', 'thru-host-bridge'])
    expect(told('unlisted')).toEqual(['not-supported', 'not-supported'])
  })

  test('P2P-25: two clients as far away as each other, one below the switch and one through the host bridge', () => {
    const { gpu, device, services } = house()
    const shallow = device('shallow')
    const pairs = [
      [gpu, device('near')],
      [shallow, device('far')],
    ] as const
    for (const [provider] of pairs) initP2p(provider)
    expect(pairs.map(([provider, client]) => p2pDistance(services, provider, client, false))).toEqual([4, 4])
    expect(
      pairs.map(([owner, client]) => mapType(services, p2pProvider(owner, 0) ?? expect.fail(), client).mapType),
    ).toEqual(['bus-addr', 'thru-host-bridge'])
  })
})
