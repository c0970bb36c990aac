import { describe, expect, test } from 'vitest'
import {
  acsWith,
  type AcsSpec,
  type Bdf,
  buildTopology,
  compose,
  type ConfigSpace,
  createHooks,
  type Device,
  directDma,
  DmaBuf,
  type DmaApi,
  done,
  drive,
  type Facts,
  formatLength,
  GiB,
  initP2p,
  iova,
  type IovaRun,
  KiB,
  KernelError,
  mapType,
  NO_WITNESS,
  type MappingFacts,
  p2pProvider,
  physAddr,
  type PhysRange,
  PCI_ACS_CTRL,
  physVecToSgt,
  freeSgt,
  readAcs,
  type SgtServices,
  type SgTable,
  soloKernel,
  type TraceFact,
} from '../src/index.ts'

interface House {
  readonly acs?: AcsSpec
  readonly busOffset?: number
  readonly routesPeers?: boolean
  readonly cpu?: { vendor: string; family: number }
  readonly switches?: string[]
  readonly dma?: (direct: DmaApi) => DmaApi
}

/** An exporter and a near client below one switch, a far client below another root port. */
function house(options: House = {}) {
  const { topology, names } = buildTopology({
    cpu: options.cpu ?? { vendor: 'AuthenticAMD', family: 0x17 },
    hostBridges: [
      {
        id: '8086:29c0',
        windows: [
          { start: '0xe0000000', length: '256 MiB' },
          { start: '0x4000000000', length: '1024 GiB', busOffset: options.busOffset ?? 0 },
        ],
        devices: [
          {
            rootPort: 'rp0',
            below: [
              {
                switch: 'sw0',
                ports: [
                  {
                    acs: options.acs ?? 'off',
                    below: [
                      { endpoint: 'gpu', class: 'gpu', bars: [{ index: 2, length: '128 GiB', kind: 'mem64pref' }] },
                    ],
                  },
                  {
                    acs: options.acs ?? 'off',
                    below: [{ endpoint: 'near', class: 'nic', bars: [{ index: 0, length: '64 KiB' }] }],
                  },
                ],
              },
            ],
          },
          { rootPort: 'rp1', below: [{ endpoint: 'far', class: 'nic', bars: [{ index: 0, length: '64 KiB' }] }] },
        ],
      },
    ],
  })
  const live = new Map<Bdf, ConfigSpace>(topology.functions.map((fn) => [fn.bdf, fn.config.copy()]))
  const devices = new Map<Bdf, Device>(
    topology.functions.map((fn) => {
      const config = live.get(fn.bdf) ?? expect.fail()
      const access = {
        read: (offset: number, width: 1 | 2 | 4) => config.read(offset, width) ?? -1,
        write: config.write.bind(config),
      }
      const device: Device = {
        name: fn.bdf,
        bdf: fn.bdf,
        fn,
        config: access,
        lock: soloKernel().lock('device'),
        dmaMaskBits: 64,
        p2p: undefined,
      }
      return [fn.bdf, device]
    }),
  )
  const device = (name: string): Device => devices.get(names.get(name) ?? expect.fail(name)) ?? expect.fail(name)
  const facts: Facts = compose({
    topology,
    plugins: [],
    ...(options.switches ? { facts: { switches: options.switches } } : {}),
  }).facts
  const mapped: MappingFacts[] = []
  const log: string[] = []
  const seen: TraceFact[] = []
  const trace = { on: true, emit: (fact: TraceFact) => seen.push(fact) }
  const direct = directDma(topology)
  const services: SgtServices = {
    topology,
    facts,
    hooks: createHooks(),
    devices: { get: (bdf) => devices.get(bdf) ?? expect.fail(bdf), all: [...devices.values()] },
    trace,
    dma: options.dma?.(direct) ?? direct,
    witness: {
      ...NO_WITNESS,
      mapped: (made) => mapped.push(made) - 1,
      unmapped: (mapping) => log.push(`unmapped ${mapping}`),
      leftover: (what, rule) => log.push(`leftover ${what} ${rule}`),
    },
  }
  const gpu = device('gpu')
  initP2p(gpu)
  const bar = gpu.fn.bars[0] ?? expect.fail()
  const buffer = new DmaBuf(
    { kernel: soloKernel(), trace },
    {
      name: 'buf',
      exporter: 't',
      size: 0,
      ops: { map: () => done(undefined as never), unmap: () => done(undefined), release: () => done(undefined) },
    },
  )

  const build = (client: string, lengths: readonly number[]) => {
    const attachment = drive(buffer.attach(device(client), { peer2peer: true }))
    let offset = 0
    const pieces = lengths.map((length): PhysRange => {
      const piece = { start: physAddr(bar.start + offset), length }
      offset += length * 2
      return piece
    })
    const provider = p2pProvider(gpu, 2) ?? expect.fail('no provider')
    drive(buffer.resv.lock.lock())
    try {
      const table = drive(
        physVecToSgt(services, { attachment, provider, pieces, direction: 'bidirectional', target: [] }),
      )
      return { table, attachment, free: () => free(table, attachment) }
    } finally {
      buffer.resv.lock.unlock()
    }
  }
  const free = (table: SgTable, attachment: Parameters<typeof freeSgt>[1]) => {
    drive(buffer.resv.lock.lock())
    drive(freeSgt(services, attachment, table, 'bidirectional'))
    buffer.resv.lock.unlock()
  }
  const setAcs = (name: string, control: number) => {
    const port = topology.parent(device(name).fn) ?? expect.fail()
    const acs = readAcs(port.config)
    if (acs.kind !== 'present') expect.fail('no ACS')
    live.get(port.bdf)?.write(acs.offset + PCI_ACS_CTRL, 2, control)
  }
  return { topology, device, services, bar, build, log, mapped, seen, setAcs }
}

const refusalOf = (call: () => unknown): string => {
  try {
    call()
    return 'ok'
  } catch (error) {
    if (error instanceof KernelError) return error.errno
    throw error
  }
}

const addresses = (table: SgTable) => table.entries.map((entry) => [entry.address, entry.length])

describe('sg tables', () => {
  test('SGT-3, P2P-14: below one switch an entry is the bus address, also with a bus offset', () => {
    const plain = house()
    expect(plain.build('near', [64 * KiB]).table).toMatchObject({
      mapType: 'bus-addr',
      addressKind: 'bus',
      origNents: 0,
      entries: [{ address: plain.bar.start, length: 64 * KiB }],
    })
    const moved = house({ busOffset: -0x1000000000 })
    expect(addresses(moved.build('near', [64 * KiB]).table)).toEqual([[moved.bar.start - 0x1000000000, 64 * KiB]])
    expect(moved.bar.bus).toBe(moved.bar.start - 0x1000000000)
  })

  test('SGT-6, DMA-4: through the host bridge without IOMMU an entry is the CPU address', () => {
    const { build, bar } = house({ acs: ['SV', 'RR', 'CR', 'UF'], busOffset: -0x1000000000 })
    const { table } = build('near', [4 * KiB])
    expect([table.mapType, table.addressKind, addresses(table)]).toEqual([
      'thru-host-bridge',
      'phys',
      [[bar.start, 4 * KiB]],
    ])
  })

  test('SGT-8: a pair that cannot do P2P gives EINVAL, and the log names why (P2P-32)', () => {
    const { build, seen, mapped } = house({ cpu: { vendor: 'GenuineIntel', family: 6 } })
    expect(() => build('far', [4 * KiB])).toThrow(expect.objectContaining({ errno: 'EINVAL', rule: 'SGT-8' }))
    expect(seen.filter((fact) => fact.kind === 'log').map((fact) => fact.rule)).toEqual(['P2P-32'])
    expect(mapped).toEqual([])
  })

  test('SGT-11: a table has no CPU list, and every address and length in it is a multiple of the page size', () => {
    for (const acs of ['off', ['RR']] as const) {
      const { table } = house({ acs, busOffset: -0x1000000000 }).build('near', [4 * KiB, 6 * GiB, 12 * KiB])
      expect([table.origNents, table.entries.length]).toEqual([0, 4])
      for (const [address, length] of addresses(table)) {
        expect([Number(address) % (4 * KiB), Number(length) % (4 * KiB)]).toEqual([0, 0])
      }
    }
  })

  test('SGT-15: a route through the host bridge is built without a question; who wants none asks for the type before', () => {
    const { build, services, device } = house({ acs: ['RR'] })
    const provider = () => p2pProvider(device('gpu'), 2) ?? expect.fail()
    expect(mapType(services, provider(), device('near')).mapType).toBe('thru-host-bridge')
    expect(build('near', [4 * KiB]).table.mapType).toBe('thru-host-bridge')
  })

  test('SGT-9: entries are cut at the largest page multiple below 2^32: 4 GiB in 2, 8 GiB in 3, 100 GiB in 26', () => {
    const { build } = house()
    const M = 0xffff_f000
    const of = (bytes: number) => addresses(build('near', [bytes]).table).map(([, length]) => length)
    expect(of(4 * GiB)).toEqual([M, 0x1000])
    expect(of(8 * GiB)).toEqual([M, M, 0x2000])
    expect([of(100 * GiB).length, of(100 * GiB).reduce((a, b) => (a ?? 0) + (b ?? 0), 0)]).toEqual([26, 100 * GiB])
  })

  test('SGT-10: continuation entries advance in 64-bit arithmetic, ranges keep their order', () => {
    const { build, bar } = house()
    expect(addresses(build('near', [6 * GiB, 4 * KiB]).table)).toEqual([
      [bar.start, 0xffff_f000],
      [bar.start + 0xffff_f000, 6 * GiB - 0xffff_f000],
      [bar.start + 12 * GiB, 4 * KiB],
    ])
  })

  test('DMA-3, DMA-5: a device whose mask does not reach the address gets ENOMEM through the host bridge, never by bus address (P2P-14)', () => {
    const far = house()
    far.device('far').dmaMaskBits = 32
    expect(() => far.build('far', [4 * KiB])).toThrow(expect.objectContaining({ errno: 'ENOMEM', rule: 'DMA-5' }))
    far.device('near').dmaMaskBits = 32
    expect(far.build('near', [4 * KiB]).table.mapType).toBe('bus-addr')
  })

  test('DMA-3: a device without DMA mask is warned of and gets ENOMEM, but for bus addresses', () => {
    const machine = house()
    for (const name of ['far', 'near']) machine.device(name).dmaMaskBits = 0
    expect(() => machine.build('far', [4 * KiB])).toThrow(expect.objectContaining({ errno: 'ENOMEM', rule: 'DMA-3' }))
    expect(machine.build('near', [4 * KiB]).table.mapType).toBe('bus-addr')
  })

  test('P2P-28: by default a change of ACS is seen at the next map; with BUG-39 the first answer stays', () => {
    const types = (switches: string[]) => {
      const { build, setAcs } = house({ switches })
      const first = build('near', [4 * KiB]).table.mapType
      setAcs('near', acsWith(0, ['RR']))
      return [first, build('near', [4 * KiB]).table.mapType]
    }
    expect(types([])).toEqual(['bus-addr', 'thru-host-bridge'])
    expect(types(['BUG-39'])).toEqual(['bus-addr', 'bus-addr'])
  })

  test('ACS-15: a port whose config space is silent counts as redirecting', () => {
    const { build, setAcs } = house()
    setAcs('near', 0xffff)
    expect(build('near', [4 * KiB]).table.mapType).toBe('thru-host-bridge')
  })

  test('P2P-31: the log names the ports on the path in the kernel’s order', () => {
    const { build, seen, topology, device } = house({ acs: ['RR'] })
    build('near', [4 * KiB])
    const port = (name: string) => topology.parent(device(name).fn)?.bdf ?? ''
    const logged = seen.flatMap((fact) => (fact.kind === 'log' ? [fact] : []))
    expect(logged.map(({ code, about }) => ({ code, about }))).toEqual([
      { code: 'acs-redirect', about: { client: device('near').bdf, provider: device('gpu').bdf } },
      { code: 'disable-hint', about: { client: device('near').bdf, functions: [port('gpu'), port('near')] } },
    ])
    expect(logged[1]?.message).toContain(`pci=disable_acs_redir=${port('gpu')};${port('near')}`)
  })
})

/** IOVAs from a counter, a log of what was done with them, and a place that fails. */
function loggingIova(log: string[], failAt?: string) {
  return (direct: DmaApi): DmaApi => {
    const step = (what: string) => {
      log.push(what)
      if (what === failAt) throw new KernelError('EADDRINUSE', 'DMA-9', what)
      return done(undefined)
    }
    return {
      ...direct,
      backend: () => 'iommu-dma',
      tryAllocIova: (_device, size): IovaRun => ({
        start: iova(0x8000_0000),
        size,
        link: (offset, range) => step(`link ${formatLength(range.length)} at ${offset}`),
        sync: () => step('sync'),
        destroy: (linked) => (log.push(`destroy ${linked}`), done(undefined)),
      }),
    }
  }
}

describe('sg tables through an IOMMU', () => {
  test('SGT-4, SGT-12: one IOVA run, each range linked behind the one before, one sync at the end', () => {
    const log: string[] = []
    const { build } = house({ acs: ['RR'], dma: loggingIova(log) })
    const made = build('near', [4 * KiB, 8 * KiB])
    expect(log).toEqual(['link 4 KiB at 0', 'link 8 KiB at 4096', 'sync'])
    expect([made.table.addressKind, addresses(made.table)]).toEqual(['iova', [[0x8000_0000, 12 * KiB]]])
    made.free()
    expect(log.at(-1)).toBe(`destroy ${12 * KiB}`)
  })

  test.each(['BUG-32', 'SW-LINK-OFFSET0'])('SGT-12: with %s every range is linked at offset 0, as Linux does', (id) => {
    const log: string[] = []
    house({ acs: ['RR'], dma: loggingIova(log), switches: [id] }).build('near', [4 * KiB, 8 * KiB])
    expect(log).toEqual(['link 4 KiB at 0', 'link 8 KiB at 0', 'sync'])
  })

  test('SGT-13, BUG-31: an error undoes what was linked; with the switch a failing first link leaks the range', () => {
    const second: string[] = []
    const first: string[] = []
    expect(() =>
      house({ acs: ['RR'], dma: loggingIova(second, 'link 8 KiB at 4096') }).build('near', [4 * KiB, 8 * KiB]),
    ).toThrow('link')
    expect(second.at(-1)).toBe(`destroy ${4 * KiB}`)
    expect(() => house({ acs: ['RR'], dma: loggingIova(first, 'link 4 KiB at 0') }).build('near', [4 * KiB])).toThrow(
      'link',
    )
    expect(first.at(-1)).toBe('destroy 0')
    const leaky: string[] = []
    const broken = house({ acs: ['RR'], dma: loggingIova(leaky, 'link 4 KiB at 0'), switches: ['BUG-31'] })
    expect(() => broken.build('near', [4 * KiB])).toThrow('link')
    expect([leaky, broken.log]).toEqual([['link 4 KiB at 0'], ['leftover IOVA range at 0x80000000 SGT-13']])
  })

  test('SGT-13, BUG-31: so does a table whose entries cannot be allocated', () => {
    const seen = (switches: string[]) => {
      const log: string[] = []
      const made = house({ acs: ['RR'], dma: loggingIova(log), switches })
      made.services.hooks.fault.tap('test', (at) => (at.point === 'sgt:entries' ? at.usual : undefined))
      expect(() => made.build('near', [4 * KiB])).toThrow(expect.objectContaining({ errno: 'ENOMEM', rule: 'SGT-1' }))
      return [...log, ...made.log]
    }
    expect(seen([])).toEqual(['destroy 0'])
    expect(seen(['BUG-31'])).toEqual(['leftover IOVA range at 0x80000000 SGT-13'])
  })

  test('SGT-2: the map type picks the way: no DMA call at all, one run for the sum, or EINVAL', () => {
    const asked = (client: string, options: House) => {
      const calls: string[] = []
      const dma = (direct: DmaApi): DmaApi => {
        const api = loggingIova(calls)(direct)
        const tryAllocIova: DmaApi['tryAllocIova'] = (to, size) => (
          calls.push(`alloc ${size}`),
          api.tryAllocIova(to, size)
        )
        return { ...api, tryAllocIova, mapPhys: (...given) => (calls.push('map'), api.mapPhys(...given)) }
      }
      const made = house({ ...options, dma })
      const refused = refusalOf(() => made.build(client, [4 * KiB, 8 * KiB]))
      return [refused, ...calls]
    }
    const untrusted = { cpu: { vendor: 'GenuineIntel', family: 6 } }
    expect(asked('near', {})).toEqual(['ok'])
    expect(asked('far', {})).toEqual(['ok', 'alloc 12288', 'link 4 KiB at 0', 'link 8 KiB at 4096', 'sync'])
    expect(asked('far', untrusted)).toEqual(['EINVAL'])
  })

  test('SGT-7: operations of an architecture map each range; where they refuse it is ENOMEM, and what was mapped is undone', () => {
    const log: string[] = []
    const legacy =
      (most: number) =>
      (direct: DmaApi): DmaApi => ({
        ...direct,
        backend: () => 'legacy',
        mapPhys: (_device, range) => {
          if (range.length > most) throw new KernelError('ENOMEM', 'DMA-3', 'no MMIO through this one')
          log.push(`map ${range.length}`)
          return done(iova(0x1000 + range.length))
        },
        unmapPhys: (_device, at, length) => (log.push(`unmap ${at} ${length}`), done(undefined)),
      })
    const made = house({ acs: ['RR'], dma: legacy(8192) }).build('near', [4096, 8192])
    expect(addresses(made.table)).toEqual([
      [0x2000, 4096],
      [0x3000, 8192],
    ])
    made.free()
    expect(log.splice(0)).toEqual(['map 4096', 'map 8192', 'unmap 8192 4096', 'unmap 12288 8192'])
    const refusing = house({ acs: ['RR'], dma: legacy(4096) })
    expect(refusalOf(() => refusing.build('near', [4096, 8192]))).toBe('ENOMEM')
    expect(log).toEqual(['map 4096', 'unmap 8192 4096'])
  })

  test('SGT-5: without IOVA space each range is mapped by itself; a failure unmaps the ones before (SGT-13)', () => {
    const log: string[] = []
    const perRange =
      (failAt: number) =>
      (direct: DmaApi): DmaApi => {
        let count = 0
        return {
          ...direct,
          backend: () => 'iommu-dma',
          mapPhys: (_device, range) => {
            if (count++ === failAt) throw new KernelError('ENOMEM', 'DMA-6', 'no IOVA')
            log.push(`map ${range.length}`)
            return done(iova(count * 0x10_0000))
          },
          unmapPhys: (_device, at) => (log.push(`unmap ${at}`), done(undefined)),
        }
      }
    expect(addresses(house({ acs: ['RR'], dma: perRange(9) }).build('near', [4096, 8192]).table)).toEqual([
      [0x10_0000, 4096],
      [0x20_0000, 8192],
    ])
    log.length = 0
    expect(() => house({ acs: ['RR'], dma: perRange(1) }).build('near', [4096, 8192])).toThrow('no IOVA')
    expect(log).toEqual(['map 4096', `unmap ${0x10_0000}`])
  })

  test('SGT-14, BUG-30: a table leaves nothing behind; with the switch it leaves its entries', () => {
    const seen = (switches: string[]) => {
      const { build, log, mapped } = house({ switches })
      const made = build('near', [4 * KiB])
      expect(mapped).toMatchObject([{ buffer: 'buf', mapType: 'bus-addr' }])
      made.free()
      return log
    }
    expect(seen([])).toEqual(['unmapped 0'])
    expect(seen(['BUG-30'])).toEqual(['unmapped 0', 'leftover sg entries of buf SGT-14'])
  })

  test('INV-21: a table that this kernel did not build is refused', () => {
    const { build, services } = house()
    const made = build('near', [4 * KiB])
    drive(made.attachment.buffer.resv.lock.lock())
    const foreign: SgTable = { ...made.table }
    expect(() => drive(freeSgt(services, made.attachment, foreign, 'bidirectional'))).toThrow(
      expect.objectContaining({ rule: 'INV-21' }),
    )
  })

  test('the fault hook makes an allocation fail with its usual errno', () => {
    const made = house()
    made.services.hooks.fault.tap('test', (at) => (at.point === 'sgt:alloc' ? at.usual : undefined))
    expect(() => made.build('near', [4 * KiB])).toThrow(expect.objectContaining({ errno: 'ENOMEM', rule: 'SGT-1' }))
  })
})
