import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readAcs } from '../src/acs.ts'
import { contains, GiB, KiB, MiB, overlaps } from '../src/address.ts'
import { bdfParts } from '../src/bdf.ts'
import { readAf } from '../src/capability/af.ts'
import { readBarRegisters } from '../src/capability/bar.ts'
import { readBridgeWindows } from '../src/capability/bridge-window.ts'
import { readCommand } from '../src/capability/command.ts'
import { functionKind } from '../src/capability/function-kind.ts'
import { readMsix } from '../src/capability/msix.ts'
import { readPcie } from '../src/capability/pcie.ts'
import { readPowerManagement } from '../src/capability/pm.ts'
import { readSriov } from '../src/capability/sriov.ts'
import type { PciFunction } from '../src/pci-function.ts'
import type { Topology } from '../src/topology.ts'
import { type BuiltTopology, buildTopology, type EndpointSpec, type TopologySpec } from '../src/topology-spec.ts'
import { topologySpec } from './random-spec.ts'

const called = ({ topology, names }: BuiltTopology, name: string): PciFunction =>
  topology.get(names.get(name) ?? expect.fail(`no ${name}`))

/** `00:01.0 root-port`, in the order of the topology. */
const listing = (topology: Topology): string[] =>
  topology.functions.map(
    (fn) => `${fn.bdf.replace(/^0000:/, '')} ${fn.kind}${fn.pcie === true ? '' : ', conventional'}`,
  )

/** The example of the README: two devices below a switch, and one on its own. */
const desk: TopologySpec = {
  cpu: { vendor: 'AuthenticAMD', family: 0x17 },
  memory: '16 GiB',
  iommu: 'translated',
  hostBridges: [
    {
      id: '8086:29c0',
      routesPeers: true,
      devices: [
        {
          rootPort: 'rp0',
          acs: ['SV', 'RR', 'CR', 'UF'],
          externalFacing: true,
          below: [
            {
              switch: 'sw0',
              ports: [
                {
                  acs: 'off',
                  below: [
                    {
                      endpoint: 'nvme',
                      class: 'nvme',
                      bars: [
                        { index: 0, length: '16 KiB' },
                        { index: 2, length: '64 MiB', kind: 'mem64pref' },
                      ],
                      msix: { vectors: 64, bar: 0, offset: '8 KiB' },
                      driver: 'vfio-pci',
                    },
                  ],
                },
                {
                  port: 'dp1',
                  acs: 'none',
                  below: [{ endpoint: 'nic', class: 'nic', id: '15b3:1017', dmaMaskBits: 48 }],
                },
              ],
            },
          ],
        },
        {
          rootPort: 'rp1',
          below: [{ endpoint: 'gpu', class: 'gpu', flr: false, functions: [{ endpoint: 'audio', class: '0x040300' }] }],
        },
      ],
    },
  ],
}

describe('numbers', () => {
  test('buses are counted depth-first, devices as they come, 00.0 is kept for the host bridge', () => {
    const { topology, names } = buildTopology(desk)
    expect(listing(topology)).toEqual([
      '00:00.0 host-bridge, conventional',
      '00:01.0 root-port',
      '00:02.0 root-port',
      '01:00.0 upstream-port',
      '02:00.0 downstream-port',
      '02:01.0 downstream-port',
      '03:00.0 endpoint',
      '04:00.0 endpoint',
      '05:00.0 endpoint',
      '05:00.1 endpoint',
    ])
    expect([...names]).toEqual([
      ['rp0', '0000:00:01.0'],
      ['sw0', '0000:01:00.0'],
      ['nvme', '0000:03:00.0'],
      ['dp1', '0000:02:01.0'],
      ['nic', '0000:04:00.0'],
      ['rp1', '0000:00:02.0'],
      ['gpu', '0000:05:00.0'],
      ['audio', '0000:05:00.1'],
    ])
    expect(topology.get(names.get('rp0') ?? expect.fail()).bridge).toEqual({ secondary: 1, subordinate: 4 })
  })

  test('a device or function that is written keeps its number, the others go around it', () => {
    const { topology, names } = buildTopology({
      hostBridges: [
        {
          devices: [
            { rootPort: 'c', device: 0x1c },
            { endpoint: 'first' },
            { rootPort: 'd', device: 0x1c, function: 4 },
            { endpoint: 'one', device: 1 },
          ],
        },
      ],
    })
    expect([...names.values()]).toEqual(['0000:00:01.0', '0000:00:02.0', '0000:00:1c.0', '0000:00:1c.4'])
    expect(topology.functions.map((fn) => fn.config.read8(0x0e))).toEqual([0, 0, 0x81, 0x81])
  })

  test('host bridges of one domain take the next free bus, another domain begins at 0', () => {
    const { topology } = buildTopology({
      hostBridges: [{ devices: [{ rootPort: 'a' }] }, { devices: [] }, { bus: 0x80 }, {}, { domain: 0x10000 }],
    })
    expect(topology.hostBridges.map((bridge) => bridge.id)).toEqual([
      '0000:00',
      '0000:02',
      '0000:80',
      '0000:81',
      '10000:00',
    ])
  })

  test('conventional bridges, integrated endpoints, endpoints beside an upstream port', () => {
    const { topology } = buildTopology({
      hostBridges: [
        {
          devices: [
            { endpoint: 'integrated' },
            { endpoint: 'old', pcie: false },
            {
              pciBridge: 'dmi',
              below: [{ pciBridge: 'behind', below: [{ endpoint: 'deep' }] }, { endpoint: 'beside' }],
            },
            {
              rootPort: 'rp',
              below: [
                {
                  switch: 'sw',
                  functions: [{ endpoint: 'dma' }],
                  ports: [{ below: [{ pciBridge: 'p2p', below: [{ endpoint: 'card' }] }] }],
                },
              ],
            },
          ],
        },
      ],
    })
    expect(listing(topology)).toEqual([
      '00:01.0 rciep',
      '00:02.0 endpoint, conventional',
      '00:03.0 pci-bridge, conventional',
      '00:04.0 root-port',
      '01:00.0 pci-bridge, conventional',
      '01:01.0 endpoint, conventional',
      '02:00.0 endpoint, conventional',
      '03:00.0 upstream-port',
      '03:00.1 endpoint',
      '04:00.0 downstream-port',
      '05:00.0 pci-bridge',
      '06:00.0 endpoint, conventional',
    ])
  })
})

describe('bytes', () => {
  const built = buildTopology(desk)

  test('an endpoint reads back as it was written', () => {
    const nvme = called(built, 'nvme')
    expect(nvme).toMatchObject({
      kind: 'endpoint',
      vendor: 0x1b36,
      device: 0x0010,
      classCode: 0x010802,
      driver: 'vfio-pci',
      resetMethods: ['flr', 'bus'],
      bars: [
        { index: 0, kind: 'mem64', length: 16 * KiB },
        { index: 2, kind: 'mem64pref', length: 64 * MiB },
      ],
    })
    expect(nvme.config.length).toBe(4096)
    expect([nvme.config.read32(0), nvme.config.read32(8)]).toEqual([0x0010_1b36, 0x0108_0200])
    expect(readPcie(nvme.config)).toMatchObject({ portType: 'endpoint', flr: true })
    expect(readPowerManagement(nvme.config)).toMatchObject({ state: 0, noSoftReset: true })
    expect(readMsix(nvme.config)).toMatchObject({
      vectors: 64,
      table: { bar: 0, offset: 0x2000 },
      pba: { bar: 0, offset: 0x2400 },
    })
    expect(readCommand(nvme.config)).toEqual({ io: false, memory: true, master: true })
    expect(readBarRegisters(nvme.config)).toEqual(nvme.bars.map(({ index, kind, bus }) => ({ index, kind, bus })))
    expect(readAcs(nvme.config)).toEqual({ kind: 'none' })
  })

  test('ACS is as written: bits, off, none; a port has the capability unless it says none', () => {
    expect(readAcs(called(built, 'rp0').config)).toMatchObject({ kind: 'present', capability: 0x5f, control: 0x1d })
    expect(readAcs(called(built, 'rp1').config)).toMatchObject({ kind: 'present', capability: 0x5f, control: 0 })
    expect(readAcs(called(built, 'dp1').config)).toEqual({ kind: 'none' })
    expect(readAcs(called(built, 'sw0').config)).toEqual({ kind: 'none' })
  })

  test('two functions share a device: both say so', () => {
    expect(called(built, 'gpu').config.read8(0x0e)).toBe(0x80)
    expect(called(built, 'audio').config.read8(0x0e)).toBe(0x80)
    expect(called(built, 'nvme').config.read8(0x0e)).toBe(0)
    expect(called(built, 'audio')).toMatchObject({ classCode: 0x040300, resetMethods: ['flr'] })
    expect(called(built, 'gpu')).toMatchObject({ resetMethods: [] })
  })

  test('the rest of the machine', () => {
    const { topology } = built
    expect(topology.cpu).toEqual({ arch: 'x86_64', vendor: 'AuthenticAMD', family: 0x17 })
    expect(topology.memory).toEqual([
      { start: 0, length: 2 * GiB },
      { start: 4 * GiB, length: 14 * GiB },
    ])
    expect(topology.iommu).toEqual({ mode: 'translated' })
    expect(topology.hostBridges[0]).toMatchObject({ routesPeers: true, inbound: [] })
    expect(called(built, 'rp0').externalFacing).toBe(true)
    expect(called(built, 'nic')).toMatchObject({ dmaMaskBits: 48, vendor: 0x15b3 })
  })

  test('conventional PCI has 256 bytes and resets by AF', () => {
    const old: EndpointSpec = {
      endpoint: 'old',
      pcie: false,
      flr: true,
      pmReset: true,
      bars: [{ index: 0, length: 0x100, kind: 'io' }],
    }
    const fn = called(buildTopology({ hostBridges: [{ devices: [old] }] }), 'old')
    expect([fn.config.length, readPcie(fn.config), readAf(fn.config)]).toEqual([256, null, { offset: 0x60, flr: true }])
    expect(fn.resetMethods).toEqual(['af_flr', 'pm'])
    expect(fn.bars).toEqual([{ index: 0, kind: 'io', start: 0x1000, bus: 0x1000, length: 0x100 }])
    expect(readCommand(fn.config)).toMatchObject({ io: true })
  })
})

describe('addresses', () => {
  test('P2P-4: a window whose bus addresses differ gives BARs that differ by the same', () => {
    const windows = [{ start: '0x6_0000_0000', length: '64 MiB', bus: 0xf800_0000 }]
    const built = buildTopology({
      hostBridges: [
        {
          windows,
          devices: [{ rootPort: 'rp', below: [{ endpoint: 'ssd', bars: [{ index: 0, length: '16 KiB' }] }] }],
        },
      ],
    })
    expect(called(built, 'ssd').bars).toEqual([
      { index: 0, kind: 'mem64', start: 0x6_0000_0000, bus: 0xf800_0000, length: 16 * KiB },
    ])
    expect(readBridgeWindows(called(built, 'rp').config)).toEqual([
      { start: 0xf800_0000, length: MiB, prefetchable: false },
    ])
    const offset = buildTopology({
      hostBridges: [{ window: { start: '0x6_0000_0000', length: '64 MiB', busOffset: '-0x5_0800_0000' } }],
    })
    expect(offset.topology.hostBridges[0]?.windows).toEqual(built.topology.hostBridges[0]?.windows)
  })

  test('two windows: 32-bit BARs go below 4 GiB, prefetchable ones above if there is room', () => {
    const { topology, names } = buildTopology({
      hostBridges: [
        {
          windows: [
            { start: '0x1f_0000_0000', length: '1 GiB', bus: 0 },
            { start: '0x1c_0000_0000', length: '8 GiB', bus: '0x4_0000_0000' },
          ],
          devices: [
            {
              endpoint: 'gpu',
              bars: [
                { index: 0, length: '16 MiB', kind: 'mem32' },
                { index: 2, length: '4 GiB', kind: 'mem64pref' },
              ],
            },
          ],
        },
      ],
    })
    const gpu = topology.get(names.get('gpu') ?? expect.fail())
    expect(gpu.bars.map(({ start, bus }) => [start, bus])).toEqual([
      [0x1f_0000_0000, 0],
      [0x1c_0000_0000, 0x4_0000_0000],
    ])
  })

  test('a BAR with an address keeps it, its bridges open up for it, the rest makes way', () => {
    const built = buildTopology({
      hostBridges: [
        {
          devices: [
            {
              rootPort: 'rp',
              below: [
                {
                  endpoint: 'fixed',
                  bars: [
                    { index: 0, length: '1 MiB', start: 0xf400_0000 },
                    { index: 2, length: '64 KiB' },
                  ],
                },
              ],
            },
            { endpoint: 'free', bars: [{ index: 0, length: '1 GiB' }] },
          ],
        },
      ],
    })
    expect(called(built, 'fixed').bars.map((bar) => bar.start)).toEqual([0xf400_0000, 0xf410_0000])
    expect(readBridgeWindows(called(built, 'rp').config)).toEqual([
      { start: 0xf400_0000, length: 2 * MiB, prefetchable: false },
    ])
    expect(called(built, 'free').bars[0]?.start).toBe(0x8000_0000)
  })

  test('I/O ports go through the I/O windows of bridges', () => {
    const built = buildTopology({
      hostBridges: [
        { devices: [{ rootPort: 'rp', below: [{ endpoint: 'sata', bars: [{ index: 4, length: 32, kind: 'io' }] }] }] },
        { devices: [{ endpoint: 'uart', bars: [{ index: 0, length: 8, kind: 'io' }] }] },
      ],
    })
    expect([called(built, 'sata').bars[0]?.start, called(built, 'uart').bars[0]?.start]).toEqual([0x1000, 0x2000])
    const { config } = called(built, 'rp')
    expect([config.read8(0x1c), config.read8(0x1d), readCommand(config)?.io]).toEqual([0x10, 0x10, true])
  })

  test('SR-IOV: virtual functions hang where the physical one hangs, and their BARs follow each other', () => {
    const built = buildTopology({
      hostBridges: [
        {
          devices: [
            {
              rootPort: 'rp',
              below: [
                {
                  endpoint: 'nic',
                  class: 'nic',
                  driver: 'mlx5_core',
                  vfs: { count: 3, bars: [{ index: 0, length: '64 KiB', kind: 'mem64pref' }], driver: 'vfio-pci' },
                  functions: [{ endpoint: 'second', vfs: { count: 1, deviceId: 0x1018 } }],
                },
              ],
            },
          ],
        },
      ],
    })
    const nic = called(built, 'nic')
    const sriov = readSriov(nic.config)
    expect(sriov).toMatchObject({ enabled: true, memoryEnabled: true, numVfs: 3, firstVfOffset: 8, stride: 1 })
    const base = sriov?.bars[0]?.bus ?? expect.fail('no VF BAR')
    for (const [i, bdf] of ['0000:01:01.0', '0000:01:01.1', '0000:01:01.2'].entries()) {
      expect(called(built, `nic-vf${i}`)).toMatchObject({
        bdf,
        parent: nic.parent,
        physicalFunction: nic.bdf,
        vendor: nic.vendor,
        device: sriov?.vfDevice,
        driver: 'vfio-pci',
        resetMethods: ['flr'],
        bars: [{ index: 0, kind: 'mem64pref', bus: base + i * 64 * KiB, length: 64 * KiB }],
      })
    }
    expect(called(built, 'second-vf0')).toMatchObject({ bdf: '0000:01:01.3', device: 0x1018, bars: [] })
    expect(nic.resetMethods).toEqual(['flr'])
  })
})

describe('any spec', () => {
  const built = topologySpec.map((spec) => buildTopology(spec).topology)

  test('the bytes say what the records say', () => {
    fc.assert(
      fc.property(built, (topology) => {
        for (const fn of topology.functions) {
          const above = topology.parent(fn)
          expect([fn.bdf, functionKind(fn.config, above === undefined)]).toEqual([fn.bdf, fn.kind])
          expect([fn.config.read16(0), fn.config.read16(2)]).toEqual([fn.vendor, fn.device])
          if (fn.physicalFunction === undefined) {
            expect(readBarRegisters(fn.config)).toEqual(fn.bars.map(({ index, kind, bus }) => ({ index, kind, bus })))
          }
          if (above !== undefined) expect(bdfParts(fn.bdf).bus).toBe(above.config.read8(0x19))
          if (fn.bridge === undefined) continue
          const { secondary, subordinate } = fn.bridge
          expect([fn.config.read8(0x18), fn.config.read8(0x19), fn.config.read8(0x1a)]).toEqual([
            bdfParts(fn.bdf).bus,
            secondary,
            subordinate,
          ])
        }
      }),
    )
  })

  test('every BAR is aligned, apart from all others and from RAM, and every bridge above forwards it', () => {
    fc.assert(
      fc.property(built, (topology) => {
        const ranges = topology.memory.map(({ start, length }) => ({ start, length }))
        for (const fn of topology.functions) {
          const { windows } = topology.hostBridge(fn.hostBridge)
          for (const { bus, start, length = 0, kind } of fn.bars) {
            expect(bus % length).toBe(0)
            if (kind.startsWith('mem32')) expect(bus + length).toBeLessThanOrEqual(4 * GiB)
            expect(windows.some((window) => contains(window.start, window.length, start, length))).toBe(true)
            ranges.push({ start, length })
            for (const bridge of topology.chain(fn).slice(1)) {
              const forwards = readBridgeWindows(bridge.config)
              expect(forwards.some((window) => contains(window.start, window.length, bus, length))).toBe(true)
            }
          }
        }
        ranges.sort((a, b) => a.start - b.start)
        const meeting = ranges.filter((one, i) => {
          const next = ranges[i + 1]
          return next !== undefined && overlaps(one.start, one.length, next.start, next.length)
        })
        expect(meeting).toEqual([])
      }),
    )
  })

  test('windows of bridges side by side are apart', () => {
    fc.assert(
      fc.property(built, (topology) => {
        for (const of of [...topology.hostBridges.map((one) => one.id), ...topology.functions.map((fn) => fn.bdf)]) {
          const windows = topology.children(of).flatMap((fn) => readBridgeWindows(fn.config))
          windows.sort((a, b) => a.start - b.start)
          for (const [i, one] of windows.entries()) {
            expect(one.start + one.length).toBeLessThanOrEqual(windows[i + 1]?.start ?? Infinity)
          }
        }
      }),
    )
  })

  test('it is plain data, and building it twice gives the same bytes', () => {
    fc.assert(
      fc.property(topologySpec, (spec) => {
        const bytes = (one: TopologySpec) =>
          buildTopology(one).topology.functions.map((fn) => [fn.bdf, Buffer.from(fn.config.bytes).toString('base64')])
        expect(bytes(JSON.parse(JSON.stringify(spec)) as TopologySpec)).toEqual(bytes(spec))
      }),
      { numRuns: 30 },
    )
  })
})
