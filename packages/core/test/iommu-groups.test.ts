import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AcsBit, readAcs } from '../src/acs.ts'
import { acsEnforced } from '../src/acs-effective.ts'
import type { Bdf } from '../src/bdf.ts'
import { writeAcsControl } from '../src/capability/acs-capability.ts'
import { ConfigSpace } from '../src/config-space.ts'
import { enumerationOrder } from '../src/enumeration-order.ts'
import { iommuGroups, openGroupBorders, runningGroups, withIommuGroups } from '../src/iommu-groups.ts'
import { p2pVerdict } from '../src/p2p.ts'
import type { PciFunction } from '../src/pci-function.ts'
import type { Topology } from '../src/topology.ts'
import { buildTopology, type DeviceSpec, type EndpointSpec } from '../src/topology-spec.ts'
import { topologySpec } from './random-spec.ts'

const FULL: readonly AcsBit[] = ['SV', 'RR', 'CR', 'UF']

const machine = (...devices: DeviceSpec[]) => buildTopology({ hostBridges: [{ id: '8086:29c0', devices }] })

const endpoint = (name: string, more: Partial<EndpointSpec> = {}): EndpointSpec => ({
  endpoint: name,
  id: '1b36:0010',
  bars: [{ index: 0, length: '1 MiB' }],
  ...more,
})

/** Two endpoints behind two ports of a switch, below a port that enforces everything. */
const behindSwitch = (acs: readonly AcsBit[] | 'off', sameSlot = false) =>
  machine({
    rootPort: 'root',
    acs: FULL,
    below: [
      {
        switch: 'switch',
        ports: [
          { port: 'left', acs, device: 0, below: [endpoint('a')] },
          { port: 'right', acs, ...(sameSlot ? { device: 0, function: 1 } : { device: 1 }), below: [endpoint('b')] },
        ],
      },
    ],
  })

/** Names by group, in the order of the numbers. Functions without a name of their own are left out. */
function named(built: ReturnType<typeof machine>, policy: 'kernel-7.3' | 'ideal' = 'kernel-7.3'): readonly string[] {
  const groups = iommuGroups(built.topology, { policy })
  const members = new Map<number, string[]>()
  for (const [name, bdf] of built.names) {
    const group = groups.get(bdf) ?? -1
    members.set(group, [...(members.get(group) ?? []), name])
  }
  return [...members].sort(([a], [b]) => a - b).map(([, names]) => names.join(' '))
}

describe('ACS-13: effective ACS', () => {
  const enforced = (topology: Topology, bdf: Bdf | undefined): boolean => {
    if (bdf === undefined) throw new Error('no such function')
    return acsEnforced(topology, topology.get(bdf))
  }
  const port = (acs: readonly AcsBit[] | 'off' | 'none', offered?: readonly AcsBit[]) => {
    const { topology, names } = machine({
      rootPort: 'port',
      acs,
      ...(offered === undefined ? {} : { acsCapability: offered }),
    })
    return enforced(topology, names.get('port'))
  }

  test('ACS-13: a port needs SV, RR, CR and UF', () => {
    expect(port(FULL)).toBe(true)
    for (const missing of FULL) expect(port(FULL.filter((bit) => bit !== missing))).toBe(false)
    expect(port(['TB', 'EC', 'DT'], ['SV', 'RR', 'CR', 'UF', 'TB', 'EC', 'DT'])).toBe(false)
  })

  test('ACS-13: bits missing from the capability count as enforced; no capability does not', () => {
    expect(port(['SV', 'RR'], ['SV', 'RR'])).toBe(true)
    expect(port(['SV'], ['SV', 'RR'])).toBe(false)
    expect(port('off', ['TB'])).toBe(true)
    expect(port('none')).toBe(false)
  })

  test('ACS-13: single-function endpoints and upstream ports pass, several functions of one device do not', () => {
    const { topology, names } = machine({
      rootPort: 'root',
      below: [{ switch: 'switch', ports: [{ below: [endpoint('a', { functions: [endpoint('b')] })] }] }],
    })
    expect(enforced(topology, names.get('switch'))).toBe(true)
    expect(enforced(topology, names.get('a'))).toBe(false)
    expect(enforced(topology, names.get('b'))).toBe(false)
    const alone = machine({ rootPort: 'root', below: [endpoint('a')] })
    expect(enforced(alone.topology, alone.names.get('a'))).toBe(true)
  })

  test('ACS-13: functions of one device pass with redirect of their own; SV and UF are not offered there', () => {
    const own: Partial<EndpointSpec> = { acs: ['RR', 'CR'], acsCapability: ['RR', 'CR'] }
    const { topology, names } = machine({
      rootPort: 'root',
      below: [endpoint('a', { ...own, functions: [endpoint('b', own)] })],
    })
    expect(enforced(topology, names.get('a'))).toBe(true)
    expect(enforced(topology, names.get('b'))).toBe(true)
  })

  test('ACS-13: conventional PCI never passes', () => {
    const { topology, names } = machine({ pciBridge: 'bridge', below: [endpoint('a', { pcie: false })] })
    expect(enforced(topology, names.get('bridge'))).toBe(false)
    expect(enforced(topology, names.get('a'))).toBe(false)
  })

  test.each([
    ['an Intel NIC with several functions', '8086:1521', true],
    ['another device of Intel', '8086:1572', false],
    ['a Wangxun NIC', '8088:1001', true],
    ['another Wangxun device', '8088:9999', false],
  ])('ACS-13: the list of exceptions comes first: %s', (_, id, verdict) => {
    const { topology, names } = machine({
      rootPort: 'root',
      below: [endpoint('a', { id, functions: [endpoint('b', { id })] })],
    })
    expect(enforced(topology, names.get('a'))).toBe(verdict)
  })

  test('ACS-13: the exception holds against the registers too', () => {
    const { topology, names } = machine({ rootPort: 'port', id: '1d17:0999', acs: FULL })
    expect(enforced(topology, names.get('port'))).toBe(false)
  })

  test('ACS-12: the ports of Sunrise Point have their control word 4 bytes behind the capability word', () => {
    const { topology, names } = machine({ rootPort: 'port', id: '8086:a110', acs: FULL })
    const bdf = names.get('port')
    expect(enforced(topology, bdf)).toBe(false)
    const moved = topology.mapFunctions((fn) => {
      const acs = readAcs(fn.config)
      if (acs.kind !== 'present') return fn
      const config = fn.config.copy()
      config.write(acs.offset + 8, 4, 0x1d)
      return { ...fn, config }
    })
    expect(enforced(moved, bdf)).toBe(true)
  })

  test('ACS-13: an Intel integrated endpoint passes among siblings; a south bridge function only beside an AMD CPU', () => {
    const rciep = machine(endpoint('a', { id: '8086:0b25', functions: [endpoint('b', { id: '8086:0cfe' })] }))
    expect(enforced(rciep.topology, rciep.names.get('a'))).toBe(true)
    const devices = [endpoint('a', { id: '1022:780f', functions: [endpoint('b', { id: '1022:7809' })] })]
    for (const vendor of ['AuthenticAMD', 'GenuineIntel']) {
      const built = buildTopology({ cpu: { vendor, family: 23 }, hostBridges: [{ id: '1022:1450', devices }] })
      expect(enforced(built.topology, built.names.get('a'))).toBe(vendor === 'AuthenticAMD')
    }
  })

  test('ACS-13: an ACS word that a capture does not tell counts as not enforced', () => {
    const { topology, names } = machine({ rootPort: 'port', acs: FULL })
    const cut = topology.mapFunctions((fn) => ({ ...fn, config: new ConfigSpace(fn.config.bytes.slice(0, 64)) }))
    expect(enforced(cut, names.get('port'))).toBe(false)
  })
})

describe('ACS-13: groups', () => {
  test('ACS-13: with everything enforced each function is alone', () => {
    expect(named(behindSwitch(FULL))).toEqual(['root', 'switch', 'left', 'right', 'a', 'b'])
  })

  test('ACS-14: below ports without ACS each endpoint joins its own port, and these are two groups', () => {
    expect(named(behindSwitch('off'))).toEqual(['root', 'switch', 'left a', 'right b'])
  })

  test('ACS-14: unless the ports are functions of one slot', () => {
    expect(named(behindSwitch('off', true))).toEqual(['root', 'switch', 'left a right b'])
  })

  test('ACS-14: the intended policy makes one group of them, the ports above included', () => {
    expect(named(behindSwitch('off'), 'ideal')).toEqual(['root', 'switch left a right b'])
    expect(named(behindSwitch(FULL), 'ideal')).toEqual(['root', 'switch', 'left', 'right', 'a', 'b'])
  })

  test('ACS-13: a root port without ACS takes everything below into its group', () => {
    const built = machine({
      rootPort: 'root',
      acs: 'off',
      below: [{ switch: 'switch', ports: [{ port: 'left', acs: FULL, below: [endpoint('a')] }] }],
    })
    expect(named(built)).toEqual(['root switch left a'])
  })

  test('ACS-13: functions of one device join each other, those that are kept apart stay out', () => {
    const built = machine({
      rootPort: 'root',
      acs: FULL,
      below: [
        endpoint('a', {
          functions: [endpoint('b'), endpoint('c', { acs: ['RR', 'CR'], acsCapability: ['RR', 'CR'] })],
        }),
      ],
    })
    expect(named(built)).toEqual(['root', 'a b', 'c'])
  })

  test('ACS-13: everything behind a PCIe-to-PCI bridge is in the group of the bridge', () => {
    const built = machine({
      rootPort: 'root',
      acs: FULL,
      below: [{ pciBridge: 'bridge', below: [endpoint('a', { pcie: false }), endpoint('b', { pcie: false })] }],
    })
    expect(named(built)).toEqual(['root', 'bridge a b'])
  })

  test('ACS-13: integrated endpoints of one device share a group, those of two do not', () => {
    const built = machine(endpoint('a', { functions: [endpoint('b')] }), endpoint('c'))
    expect(named(built)).toEqual(['a b', 'c'])
  })

  test('ACS-13: virtual functions are alone below an enforcing port, and numbered last', () => {
    const built = machine(
      {
        rootPort: 'root',
        acs: FULL,
        below: [endpoint('pf', { vfs: { count: 2, bars: [{ index: 0, length: '4 KiB' }] } })],
      },
      { rootPort: 'other', acs: FULL, below: [endpoint('a')] },
    )
    expect(named(built)).toEqual(['root', 'other', 'pf', 'a', 'pf-vf0', 'pf-vf1'])
  })
})

const built = topologySpec.map((spec) => buildTopology(spec).topology)
const RUNS = { numRuns: 60 }

/** Some functions lose their ACS control bits. */
const cleared = (topology: Topology, which: (fn: PciFunction) => boolean): Topology =>
  topology.mapFunctions((fn) => {
    if (!which(fn)) return fn
    const config = fn.config.copy()
    writeAcsControl(config, 0)
    return { ...fn, config }
  })

function isFiner(a: ReadonlyMap<Bdf, number>, b: ReadonlyMap<Bdf, number>): boolean {
  const into = new Map<number, number>()
  for (const [bdf, group] of a) {
    const other = b.get(bdf) ?? -1
    if ((into.get(group) ?? other) !== other) return false
    into.set(group, other)
  }
  return true
}

describe('groups of any machine', () => {
  test.each(['kernel-7.3', 'ideal'] as const)(
    'ACS-13: %s gives every function one group, numbered without gaps',
    (policy) => {
      fc.assert(
        fc.property(built, (topology) => {
          const groups = iommuGroups(topology, { policy })
          expect([...groups.keys()].sort()).toEqual(topology.functions.map((fn) => fn.bdf).sort())
          const order = [...new Set(enumerationOrder(topology).map((fn) => groups.get(fn.bdf)))]
          expect(order).toEqual(order.map((_, i) => i))
        }),
        RUNS,
      )
    },
  )

  test('ACS-13: clearing ACS anywhere only joins groups', () => {
    fc.assert(
      fc.property(built, fc.array(fc.boolean(), { minLength: 1, maxLength: 30 }), (topology, mask) => {
        const index = new Map(topology.functions.map((fn, i) => [fn.bdf, i]))
        const less = cleared(topology, (fn) => mask[(index.get(fn.bdf) ?? 0) % mask.length] === true)
        for (const policy of ['kernel-7.3', 'ideal'] as const) {
          expect(isFiner(iommuGroups(topology, { policy }), iommuGroups(less, { policy }))).toBe(true)
        }
      }),
      RUNS,
    )
  })

  test('ACS-14: with the intended policy two functions with a BUS_ADDR verdict share a group, and no group is finer', () => {
    fc.assert(
      fc.property(built, (topology) => {
        const ideal = iommuGroups(topology, { policy: 'ideal' })
        expect(isFiner(iommuGroups(topology, { policy: 'kernel-7.3' }), ideal)).toBe(true)
        for (const a of topology.functions) {
          for (const b of topology.functions) {
            if (p2pVerdict(topology, a, b).mapType !== 'bus-addr') continue
            expect([a.bdf, b.bdf, ideal.get(a.bdf)]).toEqual([a.bdf, b.bdf, ideal.get(b.bdf)])
          }
        }
      }),
      { numRuns: 30 },
    )
  })

  test('INV-29: borders that bus addresses cross are there just if some BUS_ADDR pair is in two groups', () => {
    fc.assert(
      fc.property(built, (topology) => {
        const groups = iommuGroups(topology, { policy: 'kernel-7.3' })
        const split = topology.functions.some((a) =>
          topology.functions.some(
            (b) => groups.get(a.bdf) !== groups.get(b.bdf) && p2pVerdict(topology, a, b).mapType === 'bus-addr',
          ),
        )
        expect(openGroupBorders(topology, groups).length > 0).toBe(split)
        expect(openGroupBorders(topology, iommuGroups(topology, { policy: 'ideal' }))).toEqual([])
      }),
      { numRuns: 30 },
    )
  })
})

describe('VFIO-63: groups of a topology', () => {
  test('ACS-13: every function gets its group', () => {
    const { topology } = behindSwitch('off')
    const groups = iommuGroups(topology, { policy: 'kernel-7.3' })
    const given = withIommuGroups(topology, { policy: 'kernel-7.3' })
    expect(given.functions.map((fn) => fn.iommuGroup)).toEqual(topology.functions.map((fn) => groups.get(fn.bdf)))
  })

  test('ACS-13: what a capture tells stays, and new members join it', () => {
    const { topology, names } = behindSwitch('off')
    const left = names.get('left')
    const known = topology.mapFunctions((fn) => (fn.bdf === left ? { ...fn, iommuGroup: 40 } : fn))
    const group = (machine: Topology, name: string) => machine.get(names.get(name) as Bdf).iommuGroup
    const kept = withIommuGroups(known, { policy: 'kernel-7.3' })
    expect(['root', 'switch', 'left', 'a', 'right', 'b'].map((name) => group(kept, name))).toEqual([
      42, 43, 40, 40, 44, 44,
    ])
    const replaced = withIommuGroups(known, { policy: 'ideal', captured: 'replace' })
    expect(['root', 'switch', 'left', 'a', 'right', 'b'].map((name) => group(replaced, name))).toEqual([
      1, 2, 2, 2, 2, 2,
    ])
  })

  test('ACS-14, BUG-44: groups that a capture tells are joined too where packets turn round, with the intended policy', () => {
    const { topology, names } = behindSwitch('off')
    let number = 40
    const captured = topology.mapFunctions((fn) => ({ ...fn, iommuGroup: number++ }))
    const groups = (policy: 'kernel-7.3' | 'ideal') => {
      const running = runningGroups(captured, policy)
      return ['root', 'switch', 'left', 'a', 'right', 'b'].map((name) => running.get(names.get(name) as Bdf))
    }
    expect(new Set(groups('kernel-7.3')).size).toBe(6)
    expect(new Set(groups('ideal').slice(1)).size).toBe(1)
    expect(new Set(groups('ideal')).size).toBe(2)
  })

  test('VFIO-63: with the kernel of 7.3 a BUS_ADDR pair may be in two groups, with the intended policy never', () => {
    const { topology, names } = behindSwitch('off')
    const [a, b] = ['a', 'b'].map((name) => topology.get(names.get(name) as Bdf))
    if (a === undefined || b === undefined) throw new Error('no endpoints')
    expect(p2pVerdict(topology, a, b).mapType).toBe('bus-addr')
    const same = (policy: 'kernel-7.3' | 'ideal'): boolean => {
      const groups = iommuGroups(topology, { policy })
      return groups.get(a.bdf) === groups.get(b.bdf)
    }
    expect([same('kernel-7.3'), same('ideal')]).toEqual([false, true])
  })
})
