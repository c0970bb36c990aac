import { describe, expect, test } from 'vitest'
import { type AcsBit, type AcsState, readAcs } from '../src/acs.ts'
import { writeAcsControl } from '../src/capability/acs-capability.ts'
import { ConfigSpace } from '../src/config-space.ts'
import { p2pVerdict, type P2pOptions, type P2pVerdict } from '../src/p2p.ts'
import type { Cpu } from '../src/topology.ts'
import { buildTopology, type AcsSpec, type TopologySpec } from '../src/topology-spec.ts'

/** Every shape of P2P-24 in one machine, nothing redirecting unless `acs` says so by name. */
function house(acs: Record<string, AcsSpec> = {}, rest: Partial<TopologySpec> = {}): TopologySpec {
  const of = (name: string) => (acs[name] === undefined ? {} : { acs: acs[name] })
  return {
    ...rest,
    hostBridges: [
      {
        id: '8086:29c0',
        devices: [
          {
            rootPort: 'rp1',
            ...of('rp1'),
            below: [
              {
                switch: 'sw',
                upstream: of('sw'),
                ports: [
                  { port: 'dp0', ...of('dp0'), below: [{ endpoint: 'nvme', ...of('nvme') }] },
                  { port: 'dp1', ...of('dp1'), below: [{ endpoint: 'nic', ...of('nic') }] },
                  {
                    port: 'dp2',
                    ...of('dp2'),
                    below: [
                      {
                        switch: 'sw2',
                        upstream: of('sw2'),
                        ports: [{ port: 'dp20', ...of('dp20'), below: [{ endpoint: 'far', ...of('far') }] }],
                      },
                    ],
                  },
                ],
              },
            ],
          },
          {
            rootPort: 'rp2',
            ...of('rp2'),
            below: [{ endpoint: 'gpu', ...of('gpu'), functions: [{ endpoint: 'audio', ...of('audio') }] }],
          },
          { endpoint: 'rciep', ...of('rciep') },
          { endpoint: 'rciep2' },
        ],
      },
      { bus: 0x80, devices: [{ rootPort: 'rp3', below: [{ endpoint: 'other' }] }] },
    ],
  }
}

function ask(spec: TopologySpec, provider: string, client: string, options?: P2pOptions): P2pVerdict {
  const { topology, names } = buildTopology(spec)
  const [a, b] = [provider, client].map((name) => topology.get(names.get(name) ?? expect.fail(name)))
  if (a === undefined || b === undefined) throw new Error('two names')
  return p2pVerdict(topology, a, b, options)
}

const zen: Cpu = { arch: 'x86_64', vendor: 'AuthenticAMD', family: 0x19 }

describe('P2P-24', () => {
  test.each([
    ['a: a function and itself', 'nvme', 'nvme', 0, 'bus-addr'],
    ['b: two functions of one device below a port', 'gpu', 'audio', 2, 'bus-addr'],
    ['c: two endpoints below two ports of one switch', 'nvme', 'nic', 4, 'bus-addr'],
    ['d: the client behind a second switch below the first', 'nvme', 'far', 6, 'bus-addr'],
    ['e: endpoints on two root ports of two host bridges', 'gpu', 'other', 4, 'not-supported'],
    ['f: an endpoint behind a switch and one on another root port', 'nvme', 'gpu', 6, 'not-supported'],
    ['g: an integrated endpoint and one on a root port', 'rciep', 'gpu', 3, 'not-supported'],
    ['h: two integrated endpoints', 'rciep', 'rciep2', 2, 'not-supported'],
  ])('P2P-24 row %s', (_row, provider, client, distance, mapType) => {
    const kernelDistance = mapType === 'not-supported' ? -1 : distance
    expect(ask(house(), provider, client)).toMatchObject({ distance, mapType, kernelDistance })
    expect(ask(house(), client, provider)).toMatchObject({ distance, mapType, kernelDistance })
  })

  test('P2P-24 row e: endpoints on two root ports of one host bridge', () => {
    const spec: TopologySpec = {
      hostBridges: [
        {
          id: '8086:2f00',
          devices: ['a', 'b'].map((name) => ({ rootPort: `rp-${name}`, below: [{ endpoint: name }] })),
        },
      ],
    }
    expect(ask(spec, 'a', 'b')).toMatchObject({
      distance: 4,
      mapType: 'thru-host-bridge',
      rule: 'HB-4',
      commonUpstream: null,
    })
  })

  test.each([
    ['e', 'gpu', 'other', 4],
    ['f', 'nvme', 'gpu', 6],
    ['g', 'rciep', 'gpu', 3],
    ['h', 'rciep', 'rciep2', 2],
  ])('P2P-24 row %s: through the host bridge where it is trusted', (_row, provider, client, distance) => {
    const verdict = ask(house(), provider, client, { cpu: zen })
    expect(verdict).toMatchObject({ distance, kernelDistance: distance, mapType: 'thru-host-bridge', rule: 'HB-1' })
  })
})

test('P2P-21: the verdict of a direct pair, whole', () => {
  expect(ask(house(), 'nvme', 'nic')).toEqual({
    provider: '0000:03:00.0',
    client: '0000:04:00.0',
    distance: 4,
    kernelDistance: 4,
    mapType: 'bus-addr',
    commonUpstream: '0000:01:00.0',
    redirectOn: [],
    acsMattersOn: [],
    hostBridges: [],
    rule: 'P2P-21',
    reason: 'packets turn round at 0000:01:00.0, and nothing on the way has ACS redirect on',
  })
})

test('P2P-21: the verdict of a redirected pair, whole, sites in the order of the kernel', () => {
  const acs: Record<string, AcsSpec> = {
    dp0: ['SV', 'RR', 'CR'],
    dp2: ['RR'],
    far: ['CR'],
    sw: ['RR'],
    dp20: ['SV', 'UF'],
  }
  expect(ask(house(acs), 'nvme', 'far')).toEqual({
    provider: '0000:03:00.0',
    client: '0000:07:00.0',
    distance: 6,
    kernelDistance: -1,
    mapType: 'not-supported',
    commonUpstream: '0000:01:00.0',
    redirectOn: [
      { bdf: '0000:02:00.0', bits: ['RR', 'CR'] },
      { bdf: '0000:01:00.0', bits: ['RR'] },
      { bdf: '0000:07:00.0', bits: ['CR'] },
      { bdf: '0000:02:02.0', bits: ['RR'] },
    ],
    acsMattersOn: [],
    hostBridges: [
      {
        id: '0000:00',
        first: '0000:00:00.0',
        representative: '0000:00:00.0',
        deviceId: '8086:29c0',
        listed: false,
        sameBridgeOnly: false,
      },
    ],
    rule: 'HB-4',
    reason:
      'ACS redirect at 0000:02:00.0 (RR+CR), 0000:01:00.0 (RR), 0000:07:00.0 (CR), 0000:02:02.0 (RR) sends packets up ' +
      "to the root complex; 0000:00:00.0 8086:29c0 is not on the kernel's list of host bridges",
  })
})

test('P2P-22: without a common function ACS is not looked at', () => {
  const acs: Record<string, AcsSpec> = { rp1: ['RR'], rp2: ['RR'], gpu: ['RR'] }
  expect(ask(house(acs), 'nvme', 'gpu', { cpu: zen })).toMatchObject({ redirectOn: [], mapType: 'thru-host-bridge' })
})

test('P2P-23: redirected packets go through a host bridge that is trusted', () => {
  expect(ask(house({ dp0: ['RR'] }), 'nvme', 'nic', { cpu: zen })).toMatchObject({
    distance: 4,
    kernelDistance: 4,
    mapType: 'thru-host-bridge',
    rule: 'HB-1',
  })
})

describe('ACS-1', () => {
  test.each<[AcsBit, string]>([
    ['RR', 'not-supported'],
    ['CR', 'not-supported'],
    ['EC', 'not-supported'],
    ['SV', 'bus-addr'],
    ['TB', 'bus-addr'],
    ['UF', 'bus-addr'],
    ['DT', 'bus-addr'],
  ])('ACS-1, ACS-2: %s alone on a port gives %s', (bit, mapType) => {
    expect(ask(house({ dp0: [bit] }), 'nvme', 'nic')).toMatchObject({ mapType })
  })

  test('ACS-1: a function without the capability does not redirect', () => {
    const acs: Record<string, AcsSpec> = { dp0: 'none', dp1: 'none' }
    expect(ask(house(acs), 'nvme', 'nic')).toMatchObject({ mapType: 'bus-addr' })
  })

  test('ACS-1: the registers as they stand may be given, and count in place of those of the topology', () => {
    const acs = (): AcsState => ({ kind: 'present', offset: 0x100, capability: 0, control: 0xffff })
    const verdict = ask(house(), 'nvme', 'nvme', { acs })
    expect(verdict.redirectOn).toEqual([{ bdf: '0000:03:00.0', bits: ['RR', 'CR', 'EC'] }])
  })
})

test('ACS-2: bits that the capability offers do not count, only those that are on', () => {
  const { topology, names } = buildTopology(house())
  const port = topology.get(names.get('dp0') ?? expect.fail())
  const acs = readAcs(port.config)
  expect(acs).toMatchObject({ kind: 'present', capability: 0x5f, control: 0 })
  writeAcsControl(port.config, 0x1d)
  expect(readAcs(port.config)).toMatchObject({ capability: 0x5f, control: 0x1d })
})

describe('ACS-4', () => {
  test.each(['nvme', 'dp0', 'sw', 'dp2', 'sw2', 'dp20', 'far'])(
    'ACS-4: %s is on the path, either way round',
    (site) => {
      const spec = house({ [site]: ['RR'] })
      for (const verdict of [ask(spec, 'nvme', 'far'), ask(spec, 'far', 'nvme')]) {
        expect(verdict.mapType).toBe('not-supported')
        expect(verdict.redirectOn).toHaveLength(1)
      }
    },
  )

  test.each(['rp1', 'dp1', 'rp2'])('ACS-4: %s is above the common function or beside the path', (site) => {
    expect(ask(house({ [site]: ['RR'] }), 'nvme', 'far')).toMatchObject({ mapType: 'bus-addr', redirectOn: [] })
  })
})

test('ACS-5: an upstream port normally has no ACS, and counts when it has', () => {
  const { topology, names } = buildTopology(house())
  expect(readAcs(topology.get(names.get('sw') ?? expect.fail()).config)).toEqual({ kind: 'none' })
  expect(ask(house({ sw: ['CR'] }), 'nvme', 'nic')).toMatchObject({ mapType: 'not-supported' })
})

test('ACS-6: the own word of a function redirects it from itself and from its sibling', () => {
  expect(ask(house({ gpu: ['RR'] }), 'gpu', 'gpu')).toMatchObject({ distance: 0, mapType: 'not-supported' })
  expect(ask(house({ gpu: ['RR'] }), 'gpu', 'audio', { cpu: zen })).toMatchObject({
    distance: 2,
    mapType: 'thru-host-bridge',
  })
  expect(ask(house({ gpu: ['RR'] }), 'audio', 'gpu')).toMatchObject({ distance: 2, mapType: 'not-supported' })
  expect(ask(house({ gpu: ['RR'] }), 'audio', 'audio')).toMatchObject({ distance: 0, mapType: 'bus-addr' })
})

test('ACS-7: the root port above two sibling functions is their common function', () => {
  const acs: Record<string, AcsSpec> = { rp2: ['SV', 'RR', 'CR', 'UF'] }
  expect(ask(house(acs), 'gpu', 'audio')).toMatchObject({ commonUpstream: '0000:00:02.0', mapType: 'not-supported' })
  expect(ask(house(acs), 'gpu', 'audio', { cpu: zen })).toMatchObject({ mapType: 'thru-host-bridge' })
  expect(ask(house(acs), 'gpu', 'gpu')).toMatchObject({ mapType: 'bus-addr' })
})

describe('ACS words that are not known', () => {
  const unprivileged = (spec: TopologySpec) => {
    const { topology, names } = buildTopology(spec)
    const cut = topology.mapFunctions((fn) => ({ ...fn, config: new ConfigSpace(fn.config.bytes.slice(0, 64)) }))
    return (provider: string, client: string, options?: P2pOptions) =>
      p2pVerdict(
        cut,
        cut.get(names.get(provider) ?? expect.fail(provider)),
        cut.get(names.get(client) ?? expect.fail(client)),
        options,
      )
  }

  test('ACS-4: it hangs on them: both answers, and whom to read, in the order of the kernel', () => {
    expect(unprivileged(house())('nvme', 'nic')).toEqual({
      provider: '0000:03:00.0',
      client: '0000:04:00.0',
      distance: 4,
      kernelDistance: undefined,
      mapTypeIfNoRedirect: 'bus-addr',
      mapTypeIfRedirect: 'not-supported',
      commonUpstream: '0000:01:00.0',
      redirectOn: [],
      acsMattersOn: ['0000:03:00.0', '0000:02:00.0', '0000:01:00.0', '0000:04:00.0', '0000:02:01.0'],
      hostBridges: [
        {
          id: '0000:00',
          first: '0000:00:00.0',
          representative: '0000:00:00.0',
          deviceId: '8086:29c0',
          listed: false,
          sameBridgeOnly: false,
        },
      ],
      rule: 'ACS-4',
      reason:
        'the ACS control words of 0000:03:00.0, 0000:02:00.0, 0000:01:00.0, 0000:04:00.0, 0000:02:01.0 would have to be ' +
        'read: packets turn round at 0000:01:00.0 unless one redirects them to the root complex; 0000:00:00.0 8086:29c0 ' +
        "is not on the kernel's list of host bridges",
    })
  })

  test('P2P-23: the distance is known where either answer allows it', () => {
    const verdict = unprivileged(house())('nvme', 'nic', { cpu: zen })
    expect(verdict).toMatchObject({ kernelDistance: 4, mapTypeIfRedirect: 'thru-host-bridge' })
    expect(verdict.mapType).toBeUndefined()
  })

  test('P2P-22: without a common function they do not matter', () => {
    expect(unprivileged(house())('nvme', 'gpu')).toMatchObject({ mapType: 'not-supported', acsMattersOn: [] })
  })

  test('P2P-21: one known redirect decides, whatever the others are', () => {
    const { topology, names } = buildTopology(house({ dp1: ['RR'] }))
    const [nvme, nic, dp1] = ['nvme', 'nic', 'dp1'].map((name) => topology.get(names.get(name) ?? expect.fail(name)))
    if (nvme === undefined || nic === undefined) throw new Error('two names')
    const acs: P2pOptions['acs'] = (fn) => (fn === dp1 ? readAcs(fn.config) : { kind: 'unknown' })
    expect(p2pVerdict(topology, nvme, nic, { acs })).toMatchObject({
      mapType: 'not-supported',
      redirectOn: [{ bdf: '0000:02:01.0', bits: ['RR'] }],
      acsMattersOn: [],
    })
  })

  test('ACS-15: a function that does not answer tells nothing of its ACS', () => {
    expect(readAcs(new ConfigSpace(new Uint8Array(4096).fill(0xff)))).toEqual({ kind: 'unknown' })
  })
})

describe('a CPU that is not known', () => {
  const cpu: Cpu = { arch: 'x86_64', vendor: undefined, family: undefined }

  test('HB-1: it is said, and the answer is that of a CPU without the rule', () => {
    const verdict = ask(house(), 'nvme', 'gpu', { cpu })
    expect(verdict).toMatchObject({ mapType: 'not-supported', kernelDistance: undefined, cpuMatters: true })
    expect(verdict.reason).toContain('the CPU is not known')
  })

  test('HB-1: it does not matter to a pair that stays below a switch', () => {
    expect(ask(house(), 'nvme', 'nic', { cpu })).not.toHaveProperty('cpuMatters')
  })
})
