import { type AcsBit, buildTopology, ConfigSpace, type DeviceSpec, readAcs, type Topology } from '@barter/core'
import { describe, expect, test } from 'vitest'
import { adviseWanted, applyChange, imagine, kernelVersion, vendorLabel } from '../src/index.ts'
import { acsParameters } from '../src/advice/command-line.ts'
import { codeOf } from './usage-errors.ts'

const FULL: readonly AcsBit[] = ['SV', 'RR', 'CR', 'UF']

const nvme = (name: string): DeviceSpec => ({ endpoint: name, bars: [{ index: 0, length: '1 MiB' }] })

/** `a` and `b` behind a switch with an empty third port, `c` on a root port of its own, `d` below another host bridge. */
function machine(acs: readonly AcsBit[] | 'off' = FULL, change: Partial<Topology> = {}) {
  const { topology, names } = buildTopology({
    iommu: 'translated',
    hostBridges: [
      {
        id: '8086:1234',
        devices: [
          {
            rootPort: 'root',
            acs: FULL,
            below: [
              {
                switch: 'switch',
                ports: [
                  { port: 'left', acs, below: [nvme('a')] },
                  { port: 'right', acs, below: [nvme('b')] },
                  { port: 'free', acs },
                ],
              },
            ],
          },
          { rootPort: 'other', acs: FULL, below: [nvme('c')] },
        ],
      },
      { id: '8086:1234', devices: [{ rootPort: 'far', acs: FULL, below: [nvme('d')] }] },
    ],
  })
  const bdf = (name: string) => {
    const found = names.get(name)
    if (found === undefined) throw new Error(name)
    return found
  }
  return { topology: topology.with(change), bdf }
}

const control = (topology: Topology, name: ReturnType<ReturnType<typeof machine>['bdf']>): number | undefined => {
  const acs = readAcs(topology.get(name).config)
  return acs.kind === 'present' ? acs.control : undefined
}

describe('ACS-10, ACS-11: the boot parameter goes by the kernel', () => {
  test.each([
    ['4.18.0', ['setpci', 'iommu-off']],
    ['4.19.1-amd64', ['disable-acs-redir', 'setpci', 'iommu-off']],
    ['6.8.0-45-generic', ['disable-acs-redir', 'setpci', 'iommu-off']],
    // Between these two, config_acs took several ports only with a repair.
    ['6.11.0', ['disable-acs-redir', 'config-acs', 'setpci', 'iommu-off']],
    ['6.15.2', ['config-acs', 'disable-acs-redir', 'setpci', 'iommu-off']],
    [undefined, ['config-acs', 'disable-acs-redir', 'setpci', 'iommu-off']],
  ])('%s', (release, kinds) => {
    const { topology, bdf } = machine(FULL, release === undefined ? {} : { kernelRelease: release })
    const { ways } = adviseWanted(topology, [bdf('a'), bdf('b')])
    expect(ways.map(({ kind }) => kind)).toEqual(kinds)
    expect(ways.map(({ warning }) => warning.startsWith('WARNING'))).toEqual(kinds.map(() => true))
  })

  test('the commands, with the register and the word before and after', () => {
    const { topology, bdf } = machine()
    const [left, right] = [bdf('left'), bdf('right')]
    const { ways, clear } = adviseWanted(topology, [bdf('a'), bdf('b')])
    expect(clear).toEqual([left, right])
    expect(ways.map(({ commands }) => commands)).toEqual([
      [`pci=config_acs=x0100x1@${left};x0100x1@${right}`],
      [`pci=disable_acs_redir=${left};${right}`],
      [`setpci -s ${left} ECAP_ACS+6.w=0:2c`, `setpci -s ${right} ECAP_ACS+6.w=0:2c`],
      ['intel_iommu=off'],
    ])
    const words = ways
      .slice(0, 3)
      .map((way) => way.words.map(({ beforeBits, afterBits }) => `${beforeBits} ${afterBits}`))
    expect(words).toEqual([
      ['SV+RR+CR+UF SV+UF', 'SV+RR+CR+UF SV+UF'],
      ['SV+RR+CR+UF off', 'SV+RR+CR+UF off'],
      ['SV+RR+CR+UF SV+UF', 'SV+RR+CR+UF SV+UF'],
    ])
    const acs = readAcs(topology.get(left).config)
    expect(ways[0]?.words[0]?.register).toBe(acs.kind === 'present' ? acs.offset + 6 : undefined)
  })

  test('what the machine was booted with is taken over, since the last parameter of a name wins', () => {
    const line = 'quiet "pci=noaer,disable_acs_redir=0000:00:1c.0;0000:00:1d.0" splash'
    expect(acsParameters(line)).toEqual({ disableAcsRedir: ['0000:00:1c.0', '0000:00:1d.0'], configAcs: [] })
    const { topology, bdf } = machine(FULL, { commandLine: line })
    const way = adviseWanted(topology, [bdf('a'), bdf('b')]).ways.find(({ kind }) => kind === 'disable-acs-redir')
    expect(way?.commands).toEqual([`pci=disable_acs_redir=0000:00:1c.0;0000:00:1d.0;${bdf('left')};${bdf('right')}`])
  })

  test('ACS-11: beside a config_acs, which is applied last, only a new config_acs helps', () => {
    const { bdf } = machine()
    const { topology } = machine(FULL, { commandLine: `pci=config_acs=1@${bdf('left')};x1@0000:00:1c.0` })
    const { ways } = adviseWanted(topology, [bdf('a'), bdf('b')])
    expect(ways.map(({ kind }) => kind)).toEqual(['config-acs', 'setpci', 'iommu-off'])
    expect(ways[0]?.commands).toEqual([`pci=config_acs=x0100x1@${bdf('left')};x0100x1@${bdf('right')};x1@0000:00:1c.0`])
  })

  test('without an IOMMU nobody is told to turn it off, and firmware is taken for the owner of the words', () => {
    const { topology, bdf } = machine(FULL, { iommu: { mode: 'none' } })
    const { ways } = adviseWanted(topology, [bdf('a'), bdf('b')])
    expect(ways.map(({ kind }) => kind)).toEqual(['config-acs', 'disable-acs-redir', 'setpci'])
    expect(ways[1]?.words.map(({ afterBits }) => afterBits)).toEqual(['SV+UF', 'SV+UF'])
    expect(ways[0]?.isolation?.iommu).toBe(false)
  })

  test.each([
    ['6.17.0-19-generic', { major: 6, minor: 17 }],
    ['v5.15', { major: 5, minor: 15 }],
    ['linux', undefined],
    [undefined, undefined],
  ])('the version of %s', (release, version) => {
    expect(kernelVersion(release)).toEqual(version)
  })
})

describe('what cannot be done in software', () => {
  test('P2P-22, HB-4: no common switch and a host bridge off the list; the slots that would do', () => {
    const { topology, bdf } = machine()
    const { status, pairs, ways, slots } = adviseWanted(topology, [bdf('a'), bdf('c')])
    expect([status, ways]).toEqual(['impossible', []])
    expect(pairs[0]).toMatchObject({ kind: 'impossible', noCommonSwitch: true })
    expect(slots.map(({ change, instead, clear }) => [change, instead, clear])).toEqual([
      [`move:${bdf('c')}->${bdf('free')}`, undefined, [bdf('left'), bdf('free')].sort()],
      [`move:${bdf('c')}->${bdf('right')}`, [bdf('b')], [bdf('left'), bdf('right')]],
    ])
  })

  test('ACS-15: a function whose registers read as ones has to be woken', () => {
    const { topology, bdf } = machine()
    const asleep = applyWord(topology, bdf('left'), 0xffff)
    expect(adviseWanted(asleep, [bdf('a'), bdf('b')]).pairs[0]).toMatchObject({
      kind: 'impossible',
      why: expect.stringContaining('does not answer'),
    })
  })

  test('ACS-12: on a port of Sunrise Point nothing moves the word that the P2P code reads', () => {
    const { topology, names } = buildTopology({
      hostBridges: [
        {
          devices: [
            {
              rootPort: 'port',
              id: '8086:a110',
              acs: FULL,
              below: [{ endpoint: 'a', functions: [{ endpoint: 'b' }] }],
            },
          ],
        },
      ],
    })
    const [a, b] = [names.get('a') ?? '', names.get('b') ?? '']
    expect(adviseWanted(topology, [a, b]).pairs[0]).toMatchObject({
      kind: 'impossible',
      noCommonSwitch: false,
      why: expect.stringContaining('ACS-12'),
    })
  })

  test('ACS words that are not known have to be read first', () => {
    const { topology, bdf } = machine()
    const cut = topology.mapFunctions((fn) => ({ ...fn, config: new ConfigSpace(fn.config.bytes.slice(0, 64)) }))
    const { status, collect, ways } = adviseWanted(cut, [bdf('a'), bdf('b')])
    expect([status, ways]).toEqual(['unknown', []])
    expect(collect).toContain(`setpci -s ${bdf('left')} ECAP_ACS+6.w`)
  })

  test('P2P-20: where bridges may be hidden, not even the way is known', () => {
    const { topology, bdf } = machine('off')
    const hidden = topology.mapFunctions((fn) => (fn.bdf === bdf('a') ? { ...fn, bridgesHidden: true as const } : fn))
    for (const other of ['b', 'c']) {
      const { status, slots, collect } = adviseWanted(hidden, [bdf('a'), bdf(other)])
      expect([status, slots, collect.length]).toEqual(['unknown', [], 1])
    }
    expect(adviseWanted(hidden, [bdf('b'), bdf('c')]).status).toBe('impossible')
  })

  test('one device is not a pair', async () => {
    const { topology, bdf } = machine()
    expect(await codeOf(() => adviseWanted(topology, [bdf('a')]))).toBe('WANTED_FEW')
    expect(await codeOf(() => adviseWanted(topology, [bdf('a'), bdf('a')]))).toBe('WANTED_FEW')
    expect(await codeOf(() => adviseWanted(topology, [bdf('a'), 'nvme0']))).toBe('FUNCTION_NAME')
  })
})

function applyWord(topology: Topology, bdf: string, word: number): Topology {
  return topology.mapFunctions((fn) => {
    const acs = readAcs(fn.config)
    if (fn.bdf !== bdf || acs.kind !== 'present') return fn
    const config = fn.config.copy()
    config.write(acs.offset + 6, 2, word)
    return { ...fn, config }
  })
}

describe('what-if', () => {
  test.each([
    ['-RR,-CR', 0x11],
    ['-RR,CR', 0x11],
    ['-RR+TB', 0x1b],
    ['+TB -sv', 0x1e],
    ['off', 0],
    ['0x1D', 0x1d],
  ])('ACS-1: acs:PORT=%s', (setting, word) => {
    const { topology, bdf } = machine()
    const wide = applyCapability(topology)
    expect(control(applyChange(wide, `acs:${bdf('left')}=${setting}`), bdf('left'))).toBe(word)
  })

  test('a move takes the card along, and its verdicts with it', () => {
    const { topology, bdf } = machine('off')
    const { topology: after, change } = imagine(topology, [`move:${bdf('c')}->${bdf('free')}`])
    expect(after.get(bdf('c')).parent).toBe(bdf('free'))
    expect(
      change.pairs.map(({ provider, client, before, after: now }) => `${provider} ${client} ${before}${now}`).sort(),
    ).toEqual(
      [`${bdf('a')} ${bdf('c')}`, `${bdf('b')} ${bdf('c')}`, `${bdf('c')} ${bdf('a')}`, `${bdf('c')} ${bdf('b')}`]
        .map((pair) => `${pair} xB`)
        .sort(),
    )
    expect(change.looked).toBe(12)
  })

  test('a switch with one port, of the vendor of the device, is part of the card', () => {
    const card = (vendor: string): DeviceSpec => ({
      switch: 'inner',
      upstream: { id: `${vendor}:1478` },
      ports: [{ port: 'inside', id: `${vendor}:1479`, below: [{ endpoint: 'gpu', id: '1002:73ff' }] }],
    })
    for (const [vendor, moves] of [
      ['1002', 'inner'],
      ['10b5', 'gpu'],
    ] as const) {
      const { topology, names } = buildTopology({
        hostBridges: [{ devices: [{ rootPort: 'one', below: [card(vendor)] }, { rootPort: 'two' }] }],
      })
      const after = applyChange(topology, `move:${names.get('gpu')}->${names.get('two')}`)
      const moved = after.children(names.get('two') ?? '').map(({ bdf }) => bdf)
      expect(moved).toEqual([names.get(moves)])
    }
  })

  test('changes follow each other', () => {
    const { topology, bdf } = machine('off')
    const swap = [`move:${bdf('b')}->${bdf('free')}`, `move:${bdf('c')}->${bdf('right')}`]
    const { topology: after } = imagine(topology, swap)
    expect([after.get(bdf('b')).parent, after.get(bdf('c')).parent]).toEqual([bdf('free'), bdf('right')])
  })

  test.each([
    'frob',
    'acs:left=frob',
    'acs:left=RR',
    'acs:left=',
    'acs:left=+EC',
    'acs:left=0xff',
    'acs:switch=off',
    'acs:nvme=off',
    'move:c->right',
    'move:c->other',
    'move:root->free',
    'move:c->switch',
    'move:switch->left',
    'move:->left',
  ])('%s is refused', async (change) => {
    const { topology, bdf } = machine()
    const text = change.replace(/\b(left|switch|right|other|root|free|c)\b/g, (name) => bdf(name))
    expect(await codeOf(() => applyChange(topology, text))).toBe('WHAT_IF')
  })

  test('a change that the shell has cut is explained', () => {
    expect(() => applyChange(machine().topology, 'move:03:00.0-')).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('in quotes') }),
    )
  })

  test('a function that is not there', async () => {
    expect(await codeOf(() => applyChange(machine().topology, 'acs:99:00.0=off'))).toBe('DEVICE_UNKNOWN')
  })
})

/** All seven bits on offer. */
function applyCapability(topology: Topology): Topology {
  return topology.mapFunctions((fn) => {
    const acs = readAcs(fn.config)
    if (acs.kind !== 'present') return fn
    const config = fn.config.copy()
    config.write(acs.offset + 4, 2, 0x7f)
    return { ...fn, config }
  })
}

test('the words of nvidia-smi and NCCL', () => {
  const { topology, bdf } = machine()
  const node = (one: 0 | 1 | undefined, other: 0 | 1 | undefined): Topology =>
    topology.mapFunctions((fn) => {
      const numaNode = fn.hostBridge === topology.hostBridges[0]?.id ? one : other
      return numaNode === undefined ? fn : { ...fn, numaNode }
    })
  const label = (a: string, b: string, on: Topology = topology): string =>
    vendorLabel(on, on.get(bdf(a)), on.get(bdf(b)))
  expect([label('a', 'a'), label('a', 'b'), label('a', 'c'), label('a', 'd')]).toEqual(['X', 'PIX', 'PHB', 'SYS?'])
  expect([label('a', 'd', node(0, 0)), label('d', 'a', node(0, 1)), label('a', 'd', node(0, undefined))]).toEqual([
    'NODE',
    'SYS',
    'SYS?',
  ])
})
