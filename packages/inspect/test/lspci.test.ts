/** The output of lspci as people paste it: whatever a mail program or an option made of it, the machine is the same. */
import { Buffer } from 'node:buffer'
import { gzipSync } from 'node:zlib'
import { inspectTopology, readMachine } from '@barter/inspect'
import { beforeAll, describe, expect, test } from 'vitest'
import { answersOf, ARCHIVE, blocksOf, read, TREE, VVVNN, withPaths, wrapped } from './sample-text.ts'
import { codeOf } from './usage-errors.ts'

const quoted = (text: string, mark: string): string =>
  text
    .split('\n')
    .map((line) => `${mark}${line}`)
    .join('\n')

const withoutIds = (text: string): string => text.replace(/ \[[0-9a-f]{4}(:[0-9a-f]{4})?\]/g, '')

/** In the middle of words, as a terminal does it. */
const cut = (text: string, columns: number): string =>
  text
    .split('\n')
    .flatMap((line) => line.replaceAll('\t', '        ').match(new RegExp(`.{1,${columns}}`, 'g')) ?? [''])
    .join('\n')

const ways: Record<string, (text: string) => string | Uint8Array | Promise<string>> = {
  'spaces for tabs': (text) => text.replaceAll('\t', '        '),
  'no indentation at all': (text) => text.replace(/^\s+/gm, (white) => white.replace(/[ \t]/g, '')),
  'wrapped at 80 columns': (text) => wrapped(text),
  'wrapped at 72 columns and quoted': (text) => quoted(wrapped(text, 72), '> '),
  'quoted twice, without the space': (text) => quoted(text, '>>'),
  'set in by four columns, as code is': (text) => quoted(text, '    '),
  'cut by a terminal of 80 columns': (text) => cut(text, 80),
  'cut by a terminal of 100 columns': (text) => cut(text, 100),
  'the source of a web page': (text) =>
    `<html><body><pre class="log">${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</pre>`,
  'dashes of a word processor': (text) => text.replaceAll('-', '\u2013'),
  'as the journal has it': (text) => quoted(text, 'Nov  8 20:00:01 host lspci[123]: '),
  'lines of the kernel between the others': (text) =>
    text.replaceAll('\n', '\n[   12.345678] pci 0000:00:1f.0: BAR 0 [mem 0xfebd0000-0xfebdffff]\n'),
  'line ends of Windows': (text) => text.replaceAll('\n', '\r\n'),
  'a blank line after each': (text) => text.replaceAll('\n', '\n\n'),
  'UTF-16, as PowerShell writes it': (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
  'spaces that do not break': (text) => text.replaceAll('\t', '\u00a0'.repeat(8)),
  'colours of a terminal': (text) => text.replace(/^(\S+)/gm, '\u001b[1m$1\u001b[0m'),
  'domains (-D)': (text) => text.replace(/^(?=[0-9a-f]{2}:)/gm, '0000:'),
  'a letter around it': (text) =>
    `Hi all,\n\nthe GPU at 03:00.0 does not: see below.\n\n${text}\n\nThanks,\nthe reporter\n`,
  'a prompt before it and a fence around it': (text) => `\`\`\`\nroot@host:~# lspci -vvvnn\n${text}\`\`\`\n`,
  'paths (-P)': (text) => withPaths(text, false),
  'paths with buses (-PP)': (text) => withPaths(text, true),
  'the functions in another order': (text) => blocksOf(text).toReversed().join('\n\n'),
}

describe('lspci -vvvnn', () => {
  let plain: unknown
  beforeAll(async () => {
    plain = answersOf(await read(VVVNN, 'amd:0x17'))
  })

  for (const [name, change] of Object.entries(ways)) {
    test(`${name}: the same machine`, async () => {
      expect(answersOf(await read(await change(VVVNN), 'amd:0x17'))).toEqual(plain)
    })
  }

  test('numbers in place of names (-n): the same machine', async () => {
    const numbers = VVVNN.replace(
      /^(\S+) [^[\n]*\[([0-9a-f]{4})\]: [^\n]*?\[([0-9a-f]{4}:[0-9a-f]{4})\]/gm,
      '$1 $2: $3',
    )
    expect(numbers).toContain('00:00.0 0600: 8086:29c0')
    expect(answersOf(await read(numbers, 'amd:0x17'))).toEqual(plain)
  })

  test('P2P-22: bridges whose bus lines were cut away by grep do not make root buses of the buses below', async () => {
    const { topology } = await read(VVVNN.replace(/^\t(?!.*ACSCtl).*\n/gm, ''), 'intel')
    const { pairs } = inspectTopology(topology, { pairs: 'all' })
    expect(pairs.length).toBeGreaterThan(0)
    const below = ({ provider, client }: { provider: string; client: string }): boolean =>
      !provider.startsWith('0000:00:') && !client.startsWith('0000:00:')
    expect(new Set(pairs.filter(below).map(({ mapType }) => mapType))).toEqual(new Set([undefined]))
  })

  test('two machines in one text: said first, and by name', async () => {
    const other = VVVNN.replace('[8086:29c0]', '[1022:1480]')
    expect(other).not.toBe(VVVNN)
    const { contradictions } = await read(`${VVVNN}\n${other}`, 'intel')
    expect(contradictions[0]).toMatch(/^0000:00:00\.0 cannot be of both vendors: this is more than one machine/)
  })

  test('without ids: names tell classes, and the host bridges that the list cares about', async () => {
    const { topology } = await read(withoutIds(VVVNN), 'other')
    expect(topology.get('0000:00:00.0' as never)).toMatchObject({
      vendor: 0x8086,
      device: 0x29c0,
      classCode: 0x06_0000,
    })
    expect(topology.get('0000:03:00.0' as never)).toMatchObject({ vendor: 0x1b36, classCode: 0x01_0802 })
  })

  test('the same answers as from the registers, and no contradiction between the two', async () => {
    const both = await readMachine([ARCHIVE, { name: 'text', bytes: new TextEncoder().encode(VVVNN) }])
    expect(both.contradictions).toEqual([])
    expect(both.sources.map(({ format }) => format)).toEqual(['sysfs', 'lspci text'])
    const [fromRegisters, fromWords] = [await readMachine([ARCHIVE]), await read(VVVNN, 'amd:0x17')]
    const pairs = [fromRegisters, fromWords].map(({ topology }) =>
      inspectTopology(topology, { pairs: 'all' }).pairs.map((pair) => [
        pair.provider,
        pair.client,
        pair.mapType,
        pair.distance,
        pair.acsRedirectOn,
        pair.exportableBars,
      ]),
    )
    expect(pairs[1]).toEqual(pairs[0])
  })

  test('a text that somebody packed is unpacked; what is neither archive nor text is refused', async () => {
    expect(answersOf(await read(gzipSync(VVVNN), 'amd:0x17'))).toEqual(plain)
    expect(await codeOf(() => read(gzipSync('nothing of a machine')))).toBe('CAPTURE_FORMAT')
    expect(await codeOf(() => read(gzipSync(VVVNN).subarray(0, 3000)))).toBe('CAPTURE_TRUNCATED')
  })

  test('HB-1: an emulated chip set tells nothing of the CPU, so that stays open', async () => {
    const { gaps, notes } = await read(VVVNN)
    expect(gaps.filter((gap) => gap.includes('CPU'))).toHaveLength(1)
    expect(notes.filter((note) => note.includes('CPU'))).toEqual([])
  })

  test('what is printed of a function without root', async () => {
    const denied = VVVNN.replace(
      /^\tCapabilities: [^]*?(?=\n\n|\n\tKernel|$(?![^]))/gm,
      '\tCapabilities: <access denied>',
    )
    const { topology, gaps } = await read(denied, 'amd:0x17')
    const pair = inspectTopology(topology, { pairs: ['03:00.0', '04:00.0'] }).pairs[0]
    expect([pair?.mapType, pair?.mapTypeIfNoRedirect, pair?.mapTypeIfRedirect]).toEqual([
      undefined,
      'bus-addr',
      'thru-host-bridge',
    ])
    expect(gaps.some((gap) => gap.includes('without root'))).toBe(true)
  })

  test('ACS-4: lspci -v names the capability and not its control word, which leaves both answers', async () => {
    const { topology } = await read(VVVNN.replace(/^\t\tACSC(ap|tl):.*\n/gm, ''), 'amd:0x17')
    const pair = inspectTopology(topology, { pairs: ['03:00.0', '04:00.0'] }).pairs[0]
    expect(pair?.acsMattersOn).toEqual(['0000:02:00.0', '0000:02:01.0'])
  })

  test('a few functions only: what stands for the host bridge, and which bridges lie between, stays open', async () => {
    const some = blocksOf(VVVNN).filter((block) => /^(03|04):00\.0/.test(block))
    const { topology, gaps } = await read(some.join('\n\n'), 'other')
    const pair = inspectTopology(topology, { pairs: ['03:00.0', '04:00.0'] }).pairs[0]
    expect([pair?.mapType, pair?.pathMatters, pair?.hostBridgeMatters]).toEqual([undefined, true, true])
    expect(gaps.some((gap) => gap.includes('no bridge in the capture'))).toBe(true)
  })

  test('P2P-20: a bridge that is missing leaves the ways through it open', async () => {
    const rest = blocksOf(VVVNN).filter((block) => !block.startsWith('02:00.0'))
    const { topology, gaps } = await read(rest.join('\n\n'), 'amd:0x17')
    const pair = inspectTopology(topology, { pairs: ['03:00.0', '04:00.0'] }).pairs[0]
    expect([pair?.mapType, pair?.pathMatters]).toEqual([undefined, true])
    expect(gaps.some((gap) => gap.includes('(0000:03:00.0) have a bridge above that is not in the capture'))).toBe(true)
  })
})

describe('regions', () => {
  const one = (regions: string): string =>
    `00:01.0 Ethernet controller [0200]: Acme Device [1234:0001]\n\tControl: I/O- Mem+ BusMaster+\n\tStatus: Cap- 66MHz-\n${regions}`
  const barsOf = async (regions: string): Promise<unknown> =>
    (await read(one(regions))).topology.functions[0]?.bars.map(({ index, kind, start, length }) => [
      index,
      kind,
      start,
      length,
    ])

  test('VFIO-14: kinds, marks and lengths', async () => {
    expect(
      await barsOf(`\tRegion 0: Memory at f0000000 (64-bit, prefetchable) [size=16M]
\tRegion 2: Memory at fe000000 (32-bit, non-prefetchable) [disabled] [size=512]
\tRegion 3: [virtual] Memory at 1f8000000 (32-bit, non-prefetchable) [size=256K]
\tRegion 4: I/O ports at e000 [size=32]
\tRegion 5: Memory at <unassigned> (32-bit, non-prefetchable) [size=4K]
\tExpansion ROM at fe100000 [virtual] [disabled] [size=512K]
`),
    ).toEqual([
      [0, 'mem64pref', 0xf000_0000, 16 * 2 ** 20],
      [2, 'mem32', 0xfe00_0000, 512],
      [3, 'mem32', 0x1_f800_0000, 256 * 2 ** 10],
      [4, 'io', 0xe000, 32],
      [5, 'mem32', 0, 4096],
    ])
  })

  test('[enhanced] before and behind, and a region of which nothing is known', async () => {
    expect(
      await barsOf(`\tRegion 0: Memory at 1f8000000 (32-bit, non-prefetchable) [enhanced] [size=256K]
\tRegion 2: [enhanced] Memory at 1f8160000 (32-bit, non-prefetchable) [size=64K]
\tRegion 4: I/O ports at <ignored> [disabled]
`),
    ).toEqual([
      [0, 'mem32', 0x1_f800_0000, 256 * 2 ** 10],
      [2, 'mem32', 0x1_f816_0000, 64 * 2 ** 10],
    ])
  })

  test('regions of virtual functions are not those of the function', async () => {
    expect(
      await barsOf(`\tRegion 0: Memory at f0000000 (64-bit, prefetchable) [size=16M]
\tCapabilities: [40] Express (v2) Endpoint, MSI 00
\tCapabilities: [100 v1] Single Root I/O Virtualization (SR-IOV)
\t\tIOVCtl:\tEnable- Migration- Interrupt- MSE- ARIHierarchy+
\t\tRegion 2: Memory at 000003c000000000 (64-bit, prefetchable)
`),
    ).toEqual([[0, 'mem64pref', 0xf000_0000, 16 * 2 ** 20]])
  })
})

describe('old and odd ways of writing', () => {
  test('a name with a colon, a device that nobody knew, and a domain of five digits', async () => {
    const { topology } = await read(`0000:00:01.0 Co-processor: IBM: Unknown device 00e0 (rev 01)
\tFlags: bus master, fast devsel, latency 72
\tMemory at fd700000 (64-bit, prefetchable) [size=1M]
\tMemory at fd800000 (32-bit, non-prefetchable) [size=64K]

10000:e0:06.0 PCI bridge: Intel Corporation Device 9a0f (rev 01) (prog-if 00 [Normal decode])
\tFlags: bus master, fast devsel
\tBus: primary=e0, secondary=e1, subordinate=e1, sec-latency=0
`)
    expect(
      topology.functions.map(({ bdf, vendor, device, bars }) => [bdf, vendor, device, bars.map(({ index }) => index)]),
    ).toEqual([
      ['0000:00:01.0', 0x1014, 0x00e0, [0, 2]],
      ['10000:e0:06.0', 0x8086, 0x9a0f, []],
    ])
  })

  test('virtual functions hang where their physical function hangs', async () => {
    const { topology } = await read(`00:00.0 Host bridge [0600]: Intel Corporation Device [8086:2020]
\tFlags: fast devsel

00:01.0 PCI bridge [0604]: Intel Corporation Device [8086:2030]
\tBus: primary=00, secondary=01, subordinate=02, sec-latency=0
\tCapabilities: [40] Express (v2) Root Port (Slot+), MSI 00
\tCapabilities: [100 v1] Advanced Error Reporting

01:00.0 Ethernet controller [0200]: Acme Device [1234:0001]
\tCapabilities: [40] Express (v2) Endpoint, MSI 00
\tCapabilities: [100 v1] Single Root I/O Virtualization (SR-IOV)
\t\tIOVCtl:\tEnable+ Migration- Interrupt- MSE+ ARIHierarchy+
\t\tInitial VFs: 8, Total VFs: 8, Number of VFs: 2, Function Dependency Link: 00
\t\tVF offset: 256, stride: 1, Device ID: 0002

02:00.0 Ethernet controller [0200]: Acme Device [1234:0002]
\tCapabilities: [40] Express (v2) Endpoint, MSI 00

02:00.1 Ethernet controller [0200]: Acme Device [1234:0002]
\tCapabilities: [40] Express (v2) Endpoint, MSI 00
`)
    expect(
      topology.functions.slice(2).map(({ bdf, parent, physicalFunction }) => [bdf, parent, physicalFunction]),
    ).toEqual([
      ['0000:01:00.0', '0000:00:01.0', undefined],
      ['0000:02:00.0', '0000:00:01.0', '0000:01:00.0'],
      ['0000:02:00.1', '0000:00:01.0', '0000:01:00.0'],
    ])
    expect(topology.unknown.some((gap) => gap.includes('bridge above'))).toBe(false)
  })

  test('a sentence that begins with a place is no function', async () => {
    expect(await codeOf(() => read('04:00.0 and 82:00.0 do not reach each other: why?\n'))).toBe('CAPTURE_FORMAT')
  })
})

describe('too little', () => {
  test('plain lspci is refused, with what to run instead', async () => {
    const plain = VVVNN.replace(/^[\t ].*\n/gm, '')
    await expect(read(plain)).rejects.toMatchObject({
      code: 'CAPTURE_TOO_LITTLE',
      hint: expect.stringContaining('sudo lspci -vvvnn') as string,
    })
  })

  test('plain lspci -PP shows the tree, so it is enough for that', async () => {
    const plain = (await withPaths(VVVNN, true)).replace(/^[\t ].*\n?/gm, '')
    const { topology } = await read(plain)
    expect(topology.functions.find(({ bdf }) => bdf === '0000:07:00.0')?.parent).toBe('0000:06:00.0')
  })

  test('lines of grep, a kernel, a CPU: nothing of a machine alone, and something beside one', async () => {
    const grepped =
      '\t\tACSCtl:\tSrcValid- TransBlk- ReqRedir- CmpltRedir- UpstreamFwd- EgressCtrl- DirectTrans-\n'.repeat(3)
    expect(await codeOf(() => read(grepped))).toBe('CAPTURE_TOO_LITTLE')
    expect(await codeOf(() => read('Linux host 6.8.0-31-generic #31 SMP x86_64 GNU/Linux\n'))).toBe(
      'CAPTURE_TOO_LITTLE',
    )
    const { topology, notes } = await read(
      `$ lspci -tv\n${TREE}\n$ lspci -vvv | grep ACSCtl\n${grepped}\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\n\nLinux host 6.8.0-31-generic #31 SMP x86_64 GNU/Linux\n`,
    )
    const pair = inspectTopology(topology, { pairs: ['03:00.0', '04:00.0'] }).pairs[0]
    expect([pair?.mapType, pair?.distance, topology.cpu.family, topology.kernelRelease]).toEqual([
      'bus-addr',
      4,
      25,
      '6.8.0-31-generic',
    ])
    expect(notes.some((note) => note.includes('all 3 ACSCtl lines are the same'))).toBe(true)
  })
})
