import { type BarPiece, busAddr, drive, initP2p, type MapType, type MappingFacts, type Violation } from '@barter/core'
import { describe, expect, test } from 'vitest'
import { type Machine, type Options, powerOn } from '../hardware/machine.ts'
import { oneSwitch } from '../hardware/topologies.ts'

const FLR_AT = 0x78
const COMMAND = 4

/** The first 64 KiB of the NVMe's BAR 0, mapped for the NIC as the kernel would without redirect. */
function declare(machine: Machine, change: Partial<MappingFacts> = {}): number {
  return machine.oracle.mapped({
    buffer: 'bar0',
    importer: machine.device('nic'),
    owner: machine.device('nvme'),
    mapType: 'bus-addr',
    entries: [{ address: busAddr(machine.bus('nvme')), length: 0x1_0000 }],
    target: [{ bar: 0, offset: 0, length: 0x1_0000 }],
    ...change,
  })
}

/** The NIC writes through a mapping. */
function use(machine: Machine, mapping: number, at = machine.bus('nvme', 0, 0x40), length = 4): boolean {
  const request = {
    from: machine.device('nic'),
    access: 'write',
    at: busAddr(at),
    length,
    mapping,
    by: 'wr 1',
  } as const
  return drive(machine.hardware.dma(request)).arrived
}

const kinds = (machine: Machine): string[] =>
  machine.oracle.violations.map(({ invariant, rule }) => `${invariant} ${rule}`)
const only = (machine: Machine): Violation => {
  expect(machine.oracle.violations).toHaveLength(1)
  const [found] = machine.oracle.violations
  if (found === undefined) throw new Error('no violation')
  return found
}
const board = (port: Parameters<typeof oneSwitch>[0] = {}, options: Options = {}): Machine =>
  powerOn(oneSwitch(port), options)

describe('accesses that are right', () => {
  test('INV-1, INV-16, INV-18: nothing is said of a live mapping whose packets arrive where they should', () => {
    const machine = board()
    expect(use(machine, declare(machine))).toBe(true)
    expect(machine.oracle.violations).toEqual([])
  })

  test('INV-18: nor of one through the host bridge that passes it', () => {
    const machine = board({ acs: ['RR'] })
    use(machine, declare(machine, { mapType: 'thru-host-bridge' }))
    expect(machine.oracle.violations).toEqual([])
  })

  test('INV-16: several pieces and entries are followed byte by byte', () => {
    const machine = board()
    const target: BarPiece[] = [
      { bar: 0, offset: 0x3000, length: 0x1000 },
      { bar: 0, offset: 0x1000, length: 0x2000 },
    ]
    const entries = [
      { address: busAddr(machine.bus('nvme', 0, 0x3000)), length: 0x1000 },
      { address: busAddr(machine.bus('nvme', 0, 0x1000)), length: 0x2000 },
    ]
    const mapping = declare(machine, { target, entries })
    use(machine, mapping, machine.bus('nvme', 0, 0x2ff0), 0x20)
    use(machine, mapping, machine.bus('nvme', 0, 0x1000), 0x2000)
    expect(machine.oracle.violations).toEqual([])
  })

  test('INV-1: a device that may not send does no harm', () => {
    const machine = board()
    const mapping = declare(machine)
    machine.oracle.revoked('bar0', 'reset')
    machine.hardware.configWrite(machine.at('nic'), COMMAND, 2, 2)
    expect(use(machine, mapping)).toBe(false)
    expect(machine.oracle.violations).toEqual([])
  })
})

describe('withdrawn mappings', () => {
  test('INV-1: an access after the revoke returned names who, when it was mapped, and who revoked', () => {
    const machine = board()
    const mapping = declare(machine)
    machine.oracle.revoked('bar0', 'FLR')
    use(machine, mapping)
    expect(only(machine)).toEqual({
      invariant: 'INV-1',
      rule: 'REV-2',
      message:
        'nic wrote 4 bytes at 0x80100040 (wr 1) through mapping 0 of bar0, withdrawn at tick 0 (revoked bar0: FLR), and reached 0000:04:00.0 BAR 0 + 0x40',
      actor: { who: 'wr 1', what: 'wrote 4 bytes at 0x80100040 for nic', tick: 0, seq: 0 },
      parties: [
        { who: '', what: 'mapped bar0 for nic', tick: 0, seq: 0 },
        { who: '', what: 'revoked bar0: FLR', tick: 0, seq: 0 },
      ],
    })
    expect(machine.facts.filter((fact) => fact.kind === 'violation')).toHaveLength(1)
  })

  test('INV-1: an unmapped one is as bad', () => {
    const machine = board()
    const mapping = declare(machine)
    machine.oracle.unmapped(mapping)
    use(machine, mapping)
    expect(kinds(machine)).toEqual(['INV-1 IMP-3'])
  })

  test('INV-1: old mappings stay withdrawn when the buffer is live again, new ones are right', () => {
    const machine = board()
    const old = declare(machine)
    machine.oracle.revoked('bar0', 'memory off')
    machine.oracle.restored('bar0')
    const fresh = declare(machine)
    use(machine, fresh)
    expect(kinds(machine)).toEqual([])
    use(machine, old)
    expect(kinds(machine)).toEqual(['INV-1 REV-2'])
  })

  test('INV-1: many accesses of one mapping are one finding', () => {
    const machine = board()
    const mapping = declare(machine)
    machine.oracle.revoked('bar0', 'FLR')
    for (let i = 0; i < 5; i++) use(machine, mapping)
    expect(kinds(machine)).toEqual(['INV-1 REV-2'])
  })

  test('HAZ-6: an IOMMU that stops it contains the mistake', () => {
    const machine = board({ acs: ['RR'] }, { iommu: { translate: () => ({ kind: 'fault', why: 'unmapped' }) } })
    const mapping = declare(machine, { mapType: 'thru-host-bridge' })
    machine.oracle.unmapped(mapping)
    expect(use(machine, mapping)).toBe(false)
    expect(machine.oracle.violations).toEqual([])
  })

  test('INV-4: a map that succeeds while revoked', () => {
    const machine = board()
    machine.oracle.revoked('bar0', 'FLR')
    declare(machine)
    expect(only(machine)).toMatchObject({ invariant: 'INV-4', parties: [{ what: 'revoked bar0: FLR' }] })
  })
})

describe('INV-13: twice is like once', () => {
  test('a mapping that is given back twice', () => {
    const machine = board()
    const mapping = declare(machine)
    machine.oracle.unmapped(mapping)
    expect(kinds(machine)).toEqual([])
    machine.oracle.unmapped(mapping)
    const found = only(machine)
    expect([found.invariant, found.rule]).toEqual(['INV-13', 'REV-6'])
    expect(found.message).toBe('mapping 0 of bar0 was given back already, and nic gives it back again')
    expect(found.parties.map(({ what }) => what)).toEqual(['mapped bar0 for nic', 'unmapped bar0 of nic'])
  })

  const revoke = ({ oracle }: Machine, why: string): void => {
    oracle.revoking('bar0', why)
    oracle.told('bar0')
    oracle.revoked('bar0', why)
  }

  test('a buffer that was revoked twice, un-revoked once, and cannot be mapped', () => {
    const machine = board()
    revoke(machine, 'FLR')
    machine.oracle.refused('bar0', 'nic', 'ENODEV')
    revoke(machine, 'D3')
    machine.oracle.restored('bar0')
    machine.oracle.refused('bar0', 'nic', 'ENOMEM')
    expect(kinds(machine)).toEqual([])
    machine.oracle.refused('bar0', 'nic', 'ENODEV')
    const found = only(machine)
    expect(found).toMatchObject({ invariant: 'INV-13', rule: 'VFIO-24b' })
    expect(found.message).toBe('bar0 was revoked 2 times and un-revoked once, and nic may not map it')
    expect(found.parties.map(({ what }) => what)).toEqual(['revoked bar0: FLR', 'revoked bar0: D3', 'un-revoked bar0'])
  })

  test('one that was revoked once, that somebody could map since, or that is being revoked, is another matter', () => {
    const machine = board()
    revoke(machine, 'FLR')
    machine.oracle.restored('bar0')
    machine.oracle.refused('bar0', 'nic', 'ENODEV')
    for (const why of ['FLR', 'D3']) revoke(machine, why)
    machine.oracle.restored('bar0')
    declare(machine)
    machine.oracle.refused('bar0', 'nic', 'ENODEV')
    for (const why of ['FLR', 'D3']) revoke(machine, why)
    machine.oracle.restored('bar0')
    machine.oracle.revoking('bar0', 'close')
    machine.oracle.refused('bar0', 'nic', 'ENODEV')
    expect(kinds(machine)).toEqual([])
  })

  test('an un-revoke of a live buffer that takes it from its importers; one with nobody there is harmless', () => {
    const machine = board()
    revoke(machine, 'memory off')
    for (let i = 0; i < 2; i++) {
      machine.oracle.told('bar0')
      machine.oracle.restored('bar0')
    }
    const mapping = declare(machine)
    machine.oracle.told('bar0')
    machine.oracle.unmapped(mapping)
    expect(kinds(machine)).toEqual([])
    machine.oracle.restored('bar0')
    expect(only(machine)).toMatchObject({
      invariant: 'INV-13',
      message: 'bar0 was live and is un-revoked again, for which its importers had to let go of it',
    })
  })
})

describe('owners that do not answer', () => {
  /** A kernel that never lets the dark time pass. */
  const held = (): Machine => {
    const machine = board()
    machine.hardware.configWrite(machine.at('nvmePort'), 0x3e, 2, 0x40)
    return machine
  }

  test('INV-14: a packet into a reset, through a mapping that nobody withdrew', () => {
    const machine = held()
    use(machine, declare(machine))
    const found = only(machine)
    expect(found).toMatchObject({ invariant: 'INV-14', rule: 'HAZ-1' })
    expect(found.message).toBe(
      'nic wrote 4 bytes at 0x80100040 (wr 1), which is for 0000:04:00.0, dark because secondary bus reset at 0000:02:01.0; bar0 was not taken back before',
    )
    expect(found.parties.map((party) => party.what)).toEqual([
      'made 0000:04:00.0 dark: secondary bus reset at 0000:02:01.0',
      'mapped bar0 for nic',
    ])
  })

  test('INV-14: and without any declared mapping', () => {
    const machine = held()
    machine.write('nic', machine.bus('nvme'), 'x')
    expect(kinds(machine)).toEqual(['INV-14 HAZ-1'])
  })

  test('INV-1, INV-14: through a withdrawn one it is both', () => {
    const machine = held()
    const mapping = declare(machine)
    machine.oracle.revoked('bar0', 'FLR')
    use(machine, mapping)
    expect(kinds(machine)).toEqual(['INV-14 HAZ-1', 'INV-1 REV-2'])
  })

  test('INV-14: decoding off counts as dark, and no further fault is found', () => {
    const machine = board()
    const mapping = declare(machine)
    machine.hardware.configWrite(machine.at('nvme'), COMMAND, 2, 4)
    expect(use(machine, mapping)).toBe(false)
    expect(kinds(machine)).toEqual(['INV-14 HAZ-1'])
  })

  test('INV-2: a load of the CPU from a BAR in reset', () => {
    const machine = held()
    drive(machine.hardware.cpu('read', machine.phys('nvme') as Parameters<Machine['hardware']['cpu']>[1], 4))
    expect(kinds(machine)).toEqual(['INV-2 HAZ-1'])
  })

  test('HAZ-4: once the reset is over and all is restored, nothing is wrong any more', () => {
    const machine = board()
    const { hardware } = machine
    const bar = machine.at('nvme')
    const low = hardware.configRead(bar, 0x10, 4)
    hardware.configWrite(bar, FLR_AT, 2, 0x8000)
    expect(hardware.configRead(bar, 0x10, 4)).not.toBe(low)
    for (let i = 0; i < 4; i++) {
      hardware.configWrite(bar, 0x10 + 4 * i, 4, machine.topology.get(bar).config.read32(0x10 + 4 * i) ?? 0)
    }
    hardware.configWrite(bar, COMMAND, 2, 6)
    expect(use(machine, declare(machine))).toBe(true)
    expect(machine.oracle.violations).toEqual([])
  })
})

describe('owners whose driver is gone', () => {
  test('INV-3: a mapping that is left names both sides at once', () => {
    const machine = board()
    declare(machine)
    machine.oracle.providerGone(machine.at('nvme'))
    expect(only(machine)).toMatchObject({
      invariant: 'INV-3',
      rule: 'P2P-8',
      message: 'mapping 0 of bar0, held by nic, outlives the driver of nvme',
      parties: [{ what: 'mapped bar0 for nic' }],
    })
  })

  test('INV-3: its BAR is reached after it', () => {
    const machine = board()
    machine.oracle.providerGone(machine.at('nvme'))
    machine.write('nic', machine.bus('nvme'), 'x')
    expect(only(machine)).toMatchObject({
      invariant: 'INV-3',
      message: 'nic wrote 1 bytes at 0x80100000 and reached 0000:04:00.0, whose driver is gone',
    })
  })

  test('INV-3: mapping from a driver that is gone', () => {
    const machine = board()
    machine.oracle.providerGone(machine.at('nvme'))
    declare(machine)
    expect(kinds(machine)).toEqual(['INV-3 P2P-8'])
  })

  test('INV-3: a new driver of the same device begins anew', () => {
    const machine = board()
    machine.oracle.providerGone(machine.at('nvme'))
    initP2p(machine.device('nvme'))
    use(machine, declare(machine))
    expect(machine.oracle.violations).toEqual([])
  })
})

describe('wrong addresses and wrong ways', () => {
  test.each<{ name: string; change: (machine: Machine) => Partial<MappingFacts>; message: string }>([
    {
      name: 'another offset',
      change: () => ({ target: [{ bar: 0, offset: 0x1000, length: 0x1_0000 }] }),
      message: 'was for 0000:04:00.0 BAR 0 + 0x1040 and landed in 0000:04:00.0 BAR 0 + 0x40',
    },
    {
      name: 'another BAR',
      change: () => ({ target: [{ bar: 2, offset: 0, length: 0x1_0000 }] }),
      message: 'was for 0000:04:00.0 BAR 2 + 0x40 and landed in 0000:04:00.0 BAR 0 + 0x40',
    },
    {
      name: 'another device',
      change: (machine) => ({ owner: machine.device('nic') }),
      message: 'was for 0000:03:00.0 BAR 0 + 0x40 and landed in 0000:04:00.0 BAR 0 + 0x40',
    },
    {
      name: 'no entry',
      change: (machine) => ({ entries: [{ address: busAddr(machine.bus('nvme', 2)), length: 0x1_0000 }] }),
      message: 'but 0x80100040 is in no entry of its table',
    },
  ])('INV-16: the packet lands in $name', ({ change, message }) => {
    const machine = board()
    use(machine, declare(machine, change(machine)))
    expect(kinds(machine)).toEqual(['INV-16 P2P-14'])
    expect(only(machine).message).toContain(message)
  })

  test('INV-16: it lands in RAM', () => {
    const machine = board()
    use(machine, declare(machine, { entries: [{ address: busAddr(0x1000), length: 0x1_0000 }] }), 0x1000)
    expect(only(machine).message).toContain('landed in RAM at 0x1000')
  })

  test('INV-16: it does not arrive although everybody is well', () => {
    const machine = board({}, { iommu: { translate: () => ({ kind: 'fault', why: 'nothing is mapped' }) } })
    const entries = [{ address: busAddr(0xffff_0000), length: 0x1_0000 }]
    use(machine, declare(machine, { mapType: 'thru-host-bridge', entries }), 0xffff_0000)
    expect(only(machine)).toMatchObject({ invariant: 'INV-16', rule: 'P2P-15' })
    expect(only(machine).message).toContain('it did not arrive: IOMMU fault, nothing is mapped')
  })

  test.each<{ entries: MappingFacts['entries']; why: string }>([
    { entries: [{ address: busAddr(0x8000_0000), length: 0x8000 }], why: '0x8000 bytes for a buffer of 0x10000' },
    { entries: [{ address: busAddr(0x8000_0800), length: 0x1_0000 }], why: 'begins at 0x80000800, inside a page' },
    {
      entries: [
        { address: busAddr(0x8000_0000), length: 0x8800 },
        { address: busAddr(0x8000_8800), length: 0x7800 },
      ],
      why: '0x8800 bytes ends inside a page',
    },
  ])('INV-17: a table of which $why', ({ entries, why }) => {
    const machine = board()
    declare(machine, { entries })
    expect(only(machine)).toMatchObject({ invariant: 'INV-17', rule: 'SGT-9' })
    expect(only(machine).message).toContain(why)
  })

  test.each<{ acs: 'off' | ['RR']; mapType: MapType; way: string }>([
    { acs: ['RR'], mapType: 'bus-addr', way: 'went through the host bridge' },
    { acs: 'off', mapType: 'thru-host-bridge', way: 'stayed below the host bridge' },
  ])('INV-18: map type $mapType, but the packet $way', ({ acs, mapType, way }) => {
    const machine = board({ acs })
    use(machine, declare(machine, { mapType }))
    expect(only(machine)).toMatchObject({ invariant: 'INV-18' })
    expect(only(machine).message).toContain(way)
  })
})

describe('the end of a run', () => {
  test('INV-28: what is left over is said once for each thing', () => {
    const machine = board()
    machine.oracle.leftover('IOVA range at 0x1000', 'BUG-31')
    machine.oracle.leftover('IOVA range at 0x1000', 'BUG-31')
    machine.oracle.leftover('registration of nvme', 'INV-7')
    expect(kinds(machine)).toEqual(['INV-28 BUG-31', 'INV-28 INV-7'])
  })
})
