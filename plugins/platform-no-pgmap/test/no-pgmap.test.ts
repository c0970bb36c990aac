import {
  buildTopology,
  busAddressOf,
  checkPgmap,
  compose,
  FACTS,
  initP2p,
  KernelError,
  mapType,
  NO_PGMAP_ARCHS,
  p2pProvider,
  type Plugin,
  sgtServices,
  UsageError,
} from '@barter/core'
import { simulate } from '@barter/sim'
import { describe, expect, test } from 'vitest'
import { noPgmap } from '../src/index.ts'

const { topology, names } = buildTopology({
  cpu: { vendor: 'AuthenticAMD', family: 0x17 },
  hostBridges: [
    {
      id: '1022:1450',
      devices: [
        {
          rootPort: 'root',
          below: [
            {
              switch: 'switch',
              ports: ['disk', 'card'].map((endpoint) => ({
                below: [{ endpoint, bars: [{ index: 0, length: '4 MiB' }] }],
              })),
            },
          ],
        },
        { rootPort: 'other', below: [{ endpoint: 'far', bars: [{ index: 0, length: '4 MiB' }] }] },
      ],
    },
  ],
})
const at = (name: string) => names.get(name) ?? expect.fail(name)

function machine(plugins: readonly Plugin[], switches: readonly string[] = []) {
  const system = compose({ topology, plugins, facts: { switches } })
  const { run, devices } = simulate(system, new Map(), { seed: 1 }, {})
  const disk = devices.get(at('disk'))
  const pgmap = (): string => {
    try {
      checkPgmap(run.scope.get(FACTS), system.topology, disk.fn, { bar: 0, offset: 0, size: 0 })
      return 'ok'
    } catch (error) {
      if (error instanceof KernelError) return `${error.errno} ${error.rule}`
      throw error
    }
  }
  /** How the kernel lets each peer reach the disk. */
  const asked = (client: string) => {
    initP2p(disk)
    const provider = p2pProvider(disk, 0) ?? expect.fail()
    const answer = mapType(sgtServices(run.scope), provider, devices.get(at(client)))
    return `${answer.mapType} ${answer.rule}`
  }
  return { system, disk, pgmap, asked }
}

describe('HAZ-11: no struct pages', () => {
  test('PGM-5: without the plugin this machine has them', () => {
    const { system, pgmap, asked } = machine([])
    expect([system.facts.pgmap, pgmap(), asked('card'), asked('far')]).toEqual([
      true,
      'ok',
      'bus-addr P2P-21',
      'thru-host-bridge HB-1',
    ])
  })

  test('P2P-12: with it PGM calls fail, and providers and maps work as before', () => {
    const { system, disk, pgmap, asked } = machine([noPgmap()])
    expect(system.facts).toMatchObject({ pgmap: false, config: { p2pdma: true, vfioPciDmabuf: true } })
    expect([pgmap(), asked('card'), asked('far')]).toEqual(['ENXIO PGM-5', 'bus-addr P2P-21', 'thru-host-bridge HB-1'])
    const bar = disk.fn.bars[0] ?? expect.fail()
    expect(busAddressOf(p2pProvider(disk, 0) ?? expect.fail(), bar.start)).toBe(bar.bus)
  })

  test('P2P-12: with SW-KCONFIG-STRICT the kernel is built without either', () => {
    const { system, pgmap, asked } = machine([noPgmap()], ['SW-KCONFIG-STRICT'])
    expect(system.facts.config).toEqual({ p2pdma: false, vfioPciDmabuf: false })
    expect([pgmap(), asked('card')]).toEqual(['EOPNOTSUPP P2P-11', 'not-supported P2P-11'])
  })

  test('P2P-12: the switch alone does nothing on an architecture that has struct pages', () => {
    const { system, pgmap } = machine([], ['SW-KCONFIG-STRICT'])
    expect([system.facts.config, pgmap()]).toEqual([{ p2pdma: true, vfioPciDmabuf: true }, 'ok'])
  })
})

describe('PGM-5: architectures', () => {
  test.each(NO_PGMAP_ARCHS)('PGM-5: %s', (arch) => {
    const { system, pgmap, asked } = machine([noPgmap({ arch })])
    expect([system.facts.cpu.arch, system.topology.cpu.arch, pgmap()]).toEqual([arch, arch, 'ENXIO PGM-5'])
    expect(asked('card')).toBe('bus-addr P2P-21')
  })

  test('HB-1: the CPU rule is one of x86, so through the host bridge nothing goes elsewhere', () => {
    expect(machine([noPgmap({ arch: 'sparc64' })]).asked('far')).toBe('not-supported HB-4')
    expect(machine([noPgmap({ arch: 'i686' })]).asked('far')).toBe('thru-host-bridge HB-1')
  })

  test('PGM-5: a kernel of an architecture that could, built without', () => {
    expect(machine([noPgmap({ arch: 'arm64' })]).pgmap()).toBe('ENXIO PGM-5')
  })

  test('NO_PGMAP_ARCH: a slip of the pen', () => {
    expect(() => noPgmap({ arch: 'sparc46' })).toThrow(UsageError)
    try {
      noPgmap({ arch: 'sparc46' })
    } catch (error) {
      expect(error).toMatchObject({ code: 'NO_PGMAP_ARCH', plugin: 'platform-no-pgmap' })
      expect((error as UsageError).hint).toMatch(/sparc/)
    }
  })
})
