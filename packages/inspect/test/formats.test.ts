/** Formats beside sysfs and lspci: what each tells, what stays open, and several of one machine together. */
import { basename } from 'node:path'
import { inspectTopology, readMachine, type MachineReading, type PairReport } from '@barter/inspect'
import { describe, expect, test } from 'vitest'
import { ARCHIVE, blocksOf, read, TREE, VVVNN } from './sample-text.ts'
import { codeOf } from './usage-errors.ts'

const named = (name: string, text: string): { name: string; bytes: Uint8Array } => ({
  name,
  bytes: new TextEncoder().encode(text),
})

function pairOf({ topology }: MachineReading, provider: string, client: string): PairReport {
  const [pair] = inspectTopology(topology, { pairs: [provider, client] }).pairs
  if (pair === undefined) throw new Error('there is no such pair')
  return pair
}

const verdict = ({ mapType, mapTypeIfNoRedirect, mapTypeIfRedirect, pathMatters }: PairReport): unknown =>
  mapType ?? [mapTypeIfNoRedirect, mapTypeIfRedirect, ...(pathMatters === true ? ['or another way'] : [])]

describe('lspci -tv', () => {
  test('the tree is that of the registers', async () => {
    const [tree, whole] = [await read(TREE), await readMachine([ARCHIVE])]
    const parents = (reading: MachineReading): unknown =>
      reading.topology.functions.map(({ bdf, parent, hostBridge }) => [bdf, parent, hostBridge])
    expect(parents(tree)).toEqual(parents(whole))
  })

  test('other drawings with the same marks are no trees', async () => {
    expect(await codeOf(() => read('+-----+\n| GPU |\n+-----+\n |\n +- 00.0 fan\n'))).toBe('CAPTURE_FORMAT')
  })
})

describe('udev', () => {
  const record = (path: string, fields: Record<string, string>): string =>
    [
      `P: ${path}`,
      ...Object.entries({ DEVPATH: path, ...fields }).map(([key, value]) => `E: ${key}=${value}`),
      '',
    ].join('\n')
  const pci = (path: string, id: string, pciClass: string): string =>
    record(`/devices/pci0000:00/${path}`, { SUBSYSTEM: 'pci', PCI_ID: id, PCI_CLASS: pciClass, DRIVER: 'nvme' })
  const db = [
    pci('0000:00:00.0', '8086:2020', '60000'),
    pci('0000:00:01.0/0000:01:00.0', '144D:A80A', '10802'),
    pci('0000:00:01.0/0000:01:00.1', '144D:A80A', '10802'),
    record('/devices/system/cpu/cpu0', {
      SUBSYSTEM: 'cpu',
      MODALIAS: 'cpu:type:x86,ven0002fam0019mod0011:feature:,0000',
    }),
    record('/devices/virtual/net/lo', { SUBSYSTEM: 'net' }),
  ].join('\n')

  test('places, ids, drivers and the CPU; a bridge without a record keeps its place; ACS stays open', async () => {
    const reading = await read(db)
    const { functions, cpu } = reading.topology
    expect(functions.map(({ bdf, parent, vendor, driver }) => [bdf, parent, vendor, driver])).toEqual([
      ['0000:00:00.0', null, 0x8086, 'nvme'],
      ['0000:00:01.0', null, 0xffff, undefined],
      ['0000:01:00.0', '0000:00:01.0', 0x144d, 'nvme'],
      ['0000:01:00.1', '0000:00:01.0', 0x144d, 'nvme'],
    ])
    expect(cpu).toMatchObject({ vendor: 'AuthenticAMD', family: 0x19 })
    expect(verdict(pairOf(reading, '01:00.0', '01:00.1'))).toEqual(['bus-addr', 'thru-host-bridge'])
  })
})

describe('lstopo', () => {
  const xml = (inner: string, info = ''): string =>
    `<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE topology SYSTEM "hwloc2.dtd">\n<topology version="3.0"><object type="Machine">${info}<object type="Bridge" bridge_type="0-1" depth="0" bridge_pci="0000:[80-85]">${inner}</object></object></topology>`
  const device = (bdf: string, type: string): string => `<object type="PCIDev" pci_busid="${bdf}" pci_type="${type}"/>`
  const port = `<object type="Bridge" bridge_type="1-1" bridge_pci="0000:[81-81]" pci_busid="0000:80:01.0" pci_type="0604 [8086:2030] [0000:0000] 04">${device('0000:81:00.0', '0108 [144d:a80a] [144d:a801] 00 02')}${device('0000:81:00.1', '0200 [15b3:101b] [15b3:0001] 00')}</object>`
  const other = `<object type="Bridge" bridge_type="1-1" bridge_pci="0000:[82-82]" pci_busid="0000:80:02.0" pci_type="0604 [8086:2031] [0000:0000] 04">${device('0000:82:00.0', '0302 [10de:20b0] [10de:0001] a1')}</object>`

  test('bridges, classes and ids; what stands for the host bridge may be left out', async () => {
    const reading = await read(xml(port + other, '<info name="CPUVendor" value="GenuineIntel"/>'))
    expect(
      reading.topology.functions.map(({ bdf, parent, kind, classCode }) => [bdf, parent, kind, classCode]),
    ).toEqual([
      ['0000:80:01.0', null, 'root-port', 0x06_0400],
      ['0000:80:02.0', null, 'root-port', 0x06_0400],
      ['0000:81:00.0', '0000:80:01.0', 'endpoint', 0x01_0802],
      ['0000:81:00.1', '0000:80:01.0', 'endpoint', 0x02_0000],
      ['0000:82:00.0', '0000:80:02.0', 'endpoint', 0x03_0200],
    ])
    expect(pairOf(reading, '81:00.0', '82:00.0')).toMatchObject({ distance: 4, hostBridgeMatters: true })
    expect(verdict(pairOf(reading, '81:00.0', '81:00.1'))).toEqual(['bus-addr', 'not-supported'])
  })
})

describe('NCCL', () => {
  const nccl = (cpu: string, inner: string): string =>
    `<!-- made by hand -->\n<system version="1"><cpu numaid="1" ${cpu}>${inner}</cpu></system>`
  const two =
    '<pci busid="ffff:ff:01.0" class="0x060400"><pci busid="0003:00:00.0" class="0x030200" vendor="0x10de" device="0x20b0"/><pci busid="0103:00:00.0" class="0x020700"/></pci>'

  test('the way is never known; a family that NCCL packs is unpacked; switches that somebody made up are said to be', async () => {
    const reading = await read(nccl('arch="x86_64" vendor="AuthenticAMD" familyid="143"', two))
    expect(reading.topology.cpu.family).toBe(0x17)
    expect(verdict(pairOf(reading, '0003:00:00.0', '0103:00:00.0'))).toEqual([
      'bus-addr',
      'thru-host-bridge',
      'or another way',
    ])
    expect(reading.notes.some((note) => note.includes('1 of 1 switches have names that somebody made up'))).toBe(true)
    const intel = await read(nccl('arch="x86_64" vendor="GenuineIntel" familyid="6"', two))
    expect(pairOf(intel, '0003:00:00.0', '0103:00:00.0')).toMatchObject({ hostBridgeMatters: true, pathMatters: true })
  })
})

describe('IOMMU groups', () => {
  const heads = blocksOf(VVVNN).map((block) => block.split('\n')[0] ?? '')
  const bare = VVVNN.replace(/^\tIOMMU group: \d+\n/gm, '')
  const listings: Record<string, string> = {
    'a script with a line for each group': heads.map((head, group) => `IOMMU Group ${group}:\n\t${head}`).join('\n'),
    'a script with one line for each function': heads.map((head, group) => `IOMMU group ${group} ${head}`).join('\n'),
    find: heads.map((head, group) => `/sys/kernel/iommu_groups/${group}/devices/0000:${head.slice(0, 7)}`).join('\n'),
    'ls -l': heads
      .map((head, group) => {
        const bdf = `0000:${head.slice(0, 7)}`
        return `/sys/kernel/iommu_groups/${group}/devices:\ntotal 0\nlrwxrwxrwx 1 root root 0 Jan  1 00:00 ${bdf} -> ../../../../devices/x/${bdf}\n`
      })
      .join('\n'),
    'the log of the kernel': heads
      .map(
        (head, group) =>
          `[    1.${String(group).padStart(6, '0')}] pci 0000:${head.slice(0, 7)}: Adding to iommu group ${group}`,
      )
      .join('\n'),
  }

  for (const [name, listing] of Object.entries(listings)) {
    test(`${name}: adds the groups to another file`, async () => {
      const { topology, contradictions } = await readMachine([named('lspci.txt', bare), named('groups.txt', listing)])
      expect(topology.functions.map(({ iommuGroup }) => iommuGroup)).toEqual(heads.map((_, group) => group))
      expect(contradictions).toEqual([])
    })
  }

  test('alone it names functions, and leaves every way open', async () => {
    const reading = await readMachine([named('groups.txt', listings['a script with a line for each group'] ?? '')], {
      cpu: 'intel',
    })
    expect(pairOf(reading, '03:00.0', '04:00.0')).toMatchObject({ pathMatters: true, hostBridgeMatters: true })
  })

  test('another group than the file itself has is a contradiction', async () => {
    const { contradictions } = await readMachine([
      named('lspci.txt', VVVNN),
      named('groups.txt', 'IOMMU Group 99 03:00.0 Non-Volatile memory controller [0108]: Acme [1b36:0010]'),
    ])
    expect(contradictions).toEqual([expect.stringContaining('IOMMU group of 0000:03:00.0')])
  })
})

describe('several files of one machine', () => {
  test('contradictions are told, with who said what, and the better source is believed', async () => {
    const other = VVVNN.replace('[1b36:0010]', '[144d:a80a]').replace(
      /(ACSCtl:\tSrcValid\+ TransBlk- )ReqRedir\+ CmpltRedir\+/,
      '$1ReqRedir- CmpltRedir-',
    )
    const { contradictions, topology } = await readMachine([named('words.txt', other), ARCHIVE])
    expect(contradictions.map((sentence) => sentence.replace(basename(ARCHIVE), 'archive'))).toEqual([
      expect.stringMatching(
        /^ACS control of \S+: SV\+RR\+CR\+UF by archive, SV\+UF by words\.txt; the first is taken$/,
      ),
      expect.stringMatching(/^ids of \S+: 1b36:0010 by archive, 144d:a80a by words\.txt; the first is taken$/),
    ])
    expect(topology.functions.some(({ vendor }) => vendor === 0x144d)).toBe(false)
  })

  test('functions that one has and the other has not', async () => {
    const { contradictions } = await readMachine([
      named('words.txt', `${blocksOf(VVVNN).slice(0, -1).join('\n\n')}\n`),
      ARCHIVE,
    ])
    expect(contradictions).toEqual([expect.stringMatching(/^words\.txt does not list 1 functions that others have: /)])
  })

  test('HB-1: a CPU that is given overrides what the files tell', async () => {
    const { topology } = await readMachine([ARCHIVE], { cpu: 'intel' })
    expect(topology.cpu.vendor).toBe('GenuineIntel')
    expect(await codeOf(() => readMachine([ARCHIVE], { cpu: 'amd' }))).toBe('CPU_NAME')
  })

  test('HB-1: Intel root ports tell the maker where the first function is left out, those of emulators do not', async () => {
    const port = (id: string): string => `00:02.0 PCI bridge [0604]: Acme Device [8086:${id}]\n\tFlags: fast devsel\n`
    expect((await read(port('3408'))).topology.cpu.vendor).toBe('GenuineIntel')
    expect((await read(port('3420'))).topology.cpu.vendor).toBe(undefined)
  })

  test('HB-1: an AMD root complex tells the family, and a later one of the list is not asked', async () => {
    const text =
      '00:00.0 Host bridge [0600]: Advanced Micro Devices, Inc. [AMD] Starship/Matisse Root Complex [1022:1480]\n\tFlags: fast devsel\n'
    const { topology, notes } = await read(text)
    expect(topology.cpu).toMatchObject({ vendor: 'AuthenticAMD', family: 0x17 })
    expect(notes.some((note) => note.startsWith('the CPU is taken to be AMD family 0x17'))).toBe(true)
  })
})
