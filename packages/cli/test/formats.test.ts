/** The inspection for other programs and as pictures: each format is whole, well-formed, and says what the text says. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
// Loaded before the clock of a test runs: on a busy machine that alone takes seconds.
import '../src/commands/inspect.ts'
import { runCommandLine } from '../src/command-line.ts'
import { xmlTag, xmlText } from '../src/formats/xml.ts'
import { recorded } from './terminal.ts'

const scratch = mkdtempSync(join(tmpdir(), 'barter-formats-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
const captures = join(import.meta.dirname, '..', '..', '..', 'examples', 'captures')
const capture = (name: string): string => join(captures, `qemu-fabric-epyc-${name}.tar.gz`)

async function inspect(...args: string[]): Promise<{ exit: number; out: string; err: string }> {
  const terminal = recorded(scratch)
  const exit = await runCommandLine(['inspect', ...args], terminal)
  return { exit, ...terminal.written }
}

/** Each tag that opens also closes, in order; no bare `&` or `<` in between. */
function checkXml(text: string): void {
  const open: string[] = []
  const left = text
    .replace(/<!--[\s\S]*?-->|<\?[^>]*\?>/g, '')
    .replace(/<(\/?)([\w-]+)([^<>]*?)(\/?)>/g, (_, end, name, _attributes, alone) => {
      if (end === '/') expect(open.pop()).toBe(name)
      else if (alone === '') open.push(String(name))
      return ''
    })
  expect(open).toEqual([])
  expect(left).not.toMatch(/[<>]|&(?!(?:amp|lt|gt|quot|apos);)/)
}

describe('csv', () => {
  test('P2P-24: has a row for every ordered pair, with as many fields as the head', async () => {
    const { exit, out } = await inspect(capture('iommu'), '--format', 'csv')
    expect(exit).toBe(0)
    const rows = out.trimEnd().split('\r\n')
    expect(rows).toHaveLength(1 + 14 * 13)
    const fields = (row: string): number => row.replace(/"(?:[^"]|"")*"/g, 'q').split(',').length
    expect(new Set(rows.map(fields))).toEqual(new Set([14]))
    expect(rows.find((row) => row.startsWith('0000:03:00.0,NVMe,0000:04:00.0'))).toMatch(
      /^0000:03:00\.0,NVMe,0000:04:00\.0,NVMe,host-bridge,4,P[IX]X?B?,0000:01:00\.0,0000:02:00\.0 RR\+CR; 0000:02:01\.0 RR\+CR,,14,15,HB-1,/,
    )
  })

  test('of a pair has both ways', async () => {
    const { out } = await inspect(capture('iommu'), '--format', 'csv', '--pair', '03:00.0,04:00.0')
    expect(out.trimEnd().split('\r\n')).toHaveLength(3)
  })
})

describe('markdown', () => {
  test('is a table with a legend and what is not known', async () => {
    const { out } = await inspect(capture('iommu-unprivileged'), '--format', 'markdown', '--device', '03:,04:')
    expect(out).toBe(`## Peer to peer between PCI devices

37 PCI functions below 4 host bridges, AMD EPYC Processor, IOMMU translated, Linux 7.3.4+deb13-amd64, some ACS words not known.

Rows: whose BAR. Columns: who reads or writes it, by the number of its row.

|  | whose BAR | 1 | 2 |
| --: | --- | :-: | :-: |
| 1 | \`03:00.0\` | · | \`e\` |
| 2 | \`04:00.0\` | \`e\` | · |

- \`B\` bus address: packets turn round below the host bridge, past any IOMMU
- \`H\` host bridge: packets go up to the root complex and come back
- \`e\` either of these two, by ACS words that are not known

| # | device | what | BARs to lend | IOMMU group | driver |
| --: | --- | --- | --- | --: | --- |
| 1 | \`03:00.0\` | NVMe 1b36:0010 | BAR 0 16 KiB, BAR 2 64 MiB | 14 |  |
| 2 | \`04:00.0\` | NVMe 1b36:0010 | BAR 0 16 KiB | 15 |  |

Not known:

- 37 of 37 functions have no more than 64 bytes of configuration space (read without root?): their ACS control words are unknown, so that pairs below a common bridge have two possible answers
`)
  })
})

describe('pictures', () => {
  test('svg: every device is a box, and every pair a cell with its letter and reason', async () => {
    const { out } = await inspect(capture('disable-acs-redir'), '--format', 'svg')
    checkXml(out)
    expect(out.match(/class="device"/g)).toHaveLength(14)
    expect(out.match(/<g><title>/g)).toHaveLength(14 * 13)
    expect(out.match(/class="letter">B<\/text><\/g>/g)).toHaveLength(22)
    expect(out).toContain('04:00.0 to a BAR of 03:00.0: a bus address, inside the switch (P2P-21)')
    expect(out).toContain('>1  03:00.0  NVMe 1b36:0010</text>')
  })

  test('svg: nothing lies outside of the picture', async () => {
    const { out } = await inspect(capture('iommu'), '--format', 'svg')
    const [, width = '', height = ''] = /viewBox="0 0 (\S+) (\S+)"/.exec(out) ?? []
    for (const [, x = '', y = '', w = '', h = ''] of out.matchAll(
      /<rect x="(\S+)" y="(\S+)" width="(\S+)" height="(\S+)"/g,
    )) {
      expect(Number(x) + Number(w)).toBeLessThanOrEqual(Number(width))
      expect(Number(y) + Number(h)).toBeLessThanOrEqual(Number(height))
    }
  })

  test('mermaid: the tree, and the pairs that are not as most are', async () => {
    const { out } = await inspect(capture('disable-acs-redir'), '--format', 'mermaid', '--device', '03:,04:,81:')
    expect(out).toBe(`flowchart LR
  n0(["host bridge 0000:00"]):::bridge
  n1["00:03.0 root port<br/>ACS off"]:::bridge
  n0 --- n1
  n2["01:00.0 upstream port<br/>no ACS"]:::bridge
  n1 --- n2
  n3["02:00.0 root port<br/>ACS off"]:::bridge
  n2 --- n3
  n4["1: 03:00.0<br/>NVMe 1b36:0010"]:::device
  n3 --- n4
  n5["02:01.0 root port<br/>ACS off"]:::bridge
  n2 --- n5
  n6["2: 04:00.0<br/>NVMe 1b36:0010"]:::device
  n5 --- n6
  n7(["host bridge 0000:80"]):::bridge
  n8["80:00.0 root port<br/>ACS SV+RR+CR+UF"]:::redirects
  n7 --- n8
  n9["3: 81:00.0<br/>NVMe 1b36:0010"]:::device
  n8 --- n9
  n4 <==>|bus address| n6
  note["all other pairs: through the host bridge"]
  classDef bridge fill:#eceff4,stroke:#7b8794,color:#1f2933
  classDef redirects fill:#fdebc8,stroke:#c77700,color:#1f2933
  classDef device fill:#dcebfa,stroke:#2f6fb0,color:#1f2933
`)
  })
})

test('nccl-xml: a switch is one node, root ports are none, as NCCL sees them', async () => {
  const { out } = await inspect(capture('iommu'), '--format', 'nccl-xml', '--device', '03:,07:,00:10.0')
  checkXml(out)
  const shape = out
    .split('\n')
    .filter((line) => /<\/?(pci|cpu|system)/.test(line))
    .map((line) => line.replace(/(<\w+)(?: busid="0000:(\S+?)")?[^>]*?(\/?>)/, '$1 $2$3'))
  expect(shape).toEqual([
    '<system >',
    '  <cpu >',
    '    <pci 00:10.0/>',
    '    <pci 01:00.0>',
    '      <pci 03:00.0/>',
    '      <pci 05:00.0>',
    '        <pci 07:00.0/>',
    '      </pci>',
    '    </pci>',
    '  </cpu>',
    '</system>',
  ])
  expect(out).toContain('class="0x010802" vendor="0x1b36" device="0x0010"')
})

describe('requirements', () => {
  const require = (name: string, ...args: string[]) =>
    inspect(capture(name), ...args.flatMap((one) => ['--require', one]))

  test.each([
    ['disable-acs-redir', ['03:00.0,04:00.0=bus-addr'], 0, 'met      03:00.0,04:00.0=bus-addr: 2 of 2 ways\n'],
    [
      'disable-acs-redir',
      ['nvme,nvme=any', '03:00.0,81:00.0=host-bridge'],
      0,
      'met      nvme,nvme=any: 110 of 110 ways\n',
    ],
    ['iommu', ['03:00.0,04:00.0=bus-addr'], 1, 'NOT MET  03:00.0,04:00.0=bus-addr: 0 of 2 ways\n'],
    ['iommu', ['03:00.0,04:00.0=none'], 1, 'NOT MET'],
    ['iommu', ['gpu,nvme=any'], 1, 'NOT MET  gpu,nvme=any: "gpu" names no device of this machine\n'],
    ['iommu', ['03:00.0,99:00.0=any'], 1, 'names no device of this machine'],
    ['iommu', ['03:00.0,03:00.0=any'], 1, 'both are one device'],
    ['iommu-unprivileged', ['03:00.0,04:00.0=bus-addr'], 3, 'unknown  03:00.0,04:00.0=bus-addr: 0 of 2 ways\n'],
    ['iommu-unprivileged', ['03:00.0,04:00.0=any'], 0, 'met '],
  ])('%s: %j ends with %d', async (name, requirements, exit, text) => {
    const { exit: got, out } = await require(name, ...requirements)
    expect(got).toBe(exit)
    expect(out).toContain(text)
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([])
  })

  test('junit: a case for each way, and a count of each kind', async () => {
    const { exit, out } = await inspect(
      capture('iommu'),
      '--require',
      '03:00.0,04:00.0=bus-addr',
      '--require',
      'gpu,nvme=any',
      '--format',
      'junit',
    )
    expect(exit).toBe(1)
    checkXml(out)
    expect(out).toContain('<testsuites name="barter" tests="3" failures="3" errors="0">')
    expect(out).toContain('<testcase name="0000:04:00.0 to a BAR of 0000:03:00.0" classname="barter.require.bus-addr">')
    expect(out).toContain('message="wanted bus-addr, found host-bridge (HB-1)"')
  })

  test('sarif: results with rules, levels and the capture as their place', async () => {
    const { out } = await inspect(
      capture('iommu'),
      '--require',
      '03:00.0,04:00.0=bus-addr',
      '--require',
      'nvme,nvme=any',
      '--format',
      'sarif',
    )
    const log = JSON.parse(out) as {
      version: string
      runs: { results: { ruleId: string; kind: string; level: string }[] }[]
    }
    expect(log.version).toBe('2.1.0')
    const results = log.runs[0]?.results ?? []
    expect(results).toHaveLength(112)
    expect(results.slice(0, 2).map(({ ruleId, kind, level }) => [ruleId, kind, level])).toEqual([
      ['HB-1', 'fail', 'error'],
      ['HB-1', 'fail', 'error'],
    ])
    expect(results.slice(2).every(({ kind, level }) => kind === 'pass' && level === 'none')).toBe(true)
  })

  test('json: the checks as data', async () => {
    const { out } = await inspect(capture('disable-acs-redir'), '--require', '03:00.0,04:00.0=bus-addr', '--json')
    expect(JSON.parse(out)).toMatchObject({
      schema: 'barter.require/1',
      met: true,
      requirements: [{ met: true, checks: [{ provider: '0000:03:00.0', found: 'bus-addr', rule: 'P2P-21' }, {}] }],
    })
  })
})

describe('a file', () => {
  test('is written whole, over an older one', async () => {
    for (const device of ['03:', '03:,04:']) {
      const { exit, out } = await inspect(capture('iommu'), '--format', 'csv', '--device', device, '-o', 'pairs.csv')
      expect([exit, out]).toEqual([0, ''])
    }
    expect(readFileSync(join(scratch, 'pairs.csv'), 'utf8').split('\r\n')).toHaveLength(4)
    expect(readdirSync(scratch)).toEqual(['pairs.csv'])
  })

  test('of a format that refuses is not begun', async () => {
    const { exit } = await inspect(capture('iommu'), '--format', 'csv', '--device', 'nobody', '-o', 'none.csv')
    expect([exit, readdirSync(scratch)]).toEqual([2, ['pairs.csv']])
  })
})

test.each([
  [['--format', 'junit'], 'OPTION_INVALID'],
  [['--format', 'svg', '--require', 'gpu,nic=any'], 'OPTION_INVALID'],
  [['--format', 'csv', '--json'], 'OPTION_INVALID'],
  [['--require', 'gpu,nic'], 'REQUIREMENT_INVALID'],
  [['--require', 'gpu,nic=fast'], 'REQUIREMENT_INVALID'],
  [['--require', 'gpu,=any'], 'REQUIREMENT_INVALID'],
  [['--format', 'csv', '-o', 'no/where'], 'OUTPUT_FAILED'],
])('%j is refused: %s', async (args, code) => {
  const { exit, out, err } = await inspect(capture('iommu'), ...args)
  expect([exit, out, err.split('\n')[0]]).toEqual([2, '', `error ${code}`])
})

test('XML holds no character that it cannot', () => {
  expect(xmlText('a<b>&"\'\u0000\u001b[31m\ud800')).toBe('a&lt;b&gt;&amp;&quot;&apos;[31m')
  expect(xmlText('a\u{1f4a5}b\ufffe')).toBe('a\u{1f4a5}b')
  expect(xmlTag('t', { a: 'x"y', b: undefined, c: 1 })).toBe('<t a="x&quot;y" c="1"/>')
})
