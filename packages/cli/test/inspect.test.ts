/** The inspection as people see it, of the captures that come along. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runCommandLine } from '../src/command-line.ts'
import { recorded } from './terminal.ts'

const examples = join(import.meta.dirname, '..', '..', '..', 'examples', 'captures')
const capture = (name: string): string => join(examples, `qemu-fabric-epyc-${name}.tar.gz`)

async function inspect(...args: string[]): Promise<{ exit: number; out: string; err: string }> {
  const terminal = recorded(examples)
  const exit = await runCommandLine(['inspect', ...args], terminal)
  return { exit, ...terminal.written }
}

describe('the matrix', () => {
  test('P2P-24: has a letter for each pair, and a legend for those letters only', async () => {
    const { exit, out } = await inspect(capture('noiommu'))
    expect(exit).toBe(0)
    expect(out.split('\n').slice(0, 10).join('\n')).toBe(
      `37 PCI functions below 4 host bridges, AMD EPYC Processor, IOMMU none, Linux
7.3.4+deb13-amd64

  Columns are who reads or writes, by the number of its row.

  whose BAR                           1  2  3  4  5  6  7  8  9 10 11 12 13 14
   1 00:10.0 NVMe 1b36:0010           ·  H  H  H  H  H  H  H  H  H  H  H  H  H
   2 03:00.0 NVMe 1b36:0010           H  ·  B  B  B  B  H  H  H  H  H  H  H  H
   3 04:00.0 NVMe 1b36:0010           H  B  ·  B  B  B  H  H  H  H  H  H  H  H
   4 07:00.0 NVMe 1b36:0010           H  B  B  ·  B  B  H  H  H  H  H  H  H  H`,
    )
    expect(out.trimEnd().split('\n').slice(-4)).toEqual([
      '  B  bus address: packets turn round below the host bridge, past any IOMMU',
      '  H  host bridge: packets go up to the root complex and come back',
      '',
      '  --pair A,B says why, --want A,B what to change, --tree shows the ports.',
    ])
  })

  test.each(['iommu', 'noiommu', 'iommu-unprivileged', 'disable-acs-redir'])(
    'no line is longer than 80 characters: %s',
    async (name) => {
      for (const more of [
        [],
        ['--all'],
        ['--labels'],
        ['--tree'],
        ['--pair', '03:00.0,04:00.0'],
        ['--pair', '03:00.0,81:00.0'],
      ]) {
        const { out } = await inspect(capture(name), ...more)
        expect(out.split('\n').filter((line) => line.length > 80)).toEqual([])
      }
    },
  )

  test('ACS-1: says what a capture without root cannot tell', async () => {
    const { out } = await inspect(capture('iommu-unprivileged'))
    expect(out).toContain('  e  either of these two, by ACS words that are not known')
    expect(out).toContain('not known:')
  })
})

describe('a choice of devices', () => {
  const numbered = (out: string): string[] =>
    [...out.matchAll(/^ +\d+ ([\da-f]{2}:[\da-f]{2}\.\d.*?) {2,}/gm)].map(([, label]) => label ?? '')

  test('by class, by place, by ids, and by two of these', async () => {
    expect(numbered((await inspect(capture('iommu'), '--device', '1234:*')).out)).toEqual([
      '0c:01.0 unclassified 1234:11e8',
      '0c:02.0 unclassified 1234:11e8',
      'c1:01.0 unclassified 1234:11e8',
    ])
    const { out } = await inspect(capture('iommu'), '--class', 'nvme', '--device', '0a:00,03:00.0')
    expect(numbered(out)).toEqual(['03:00.0 NVMe 1b36:0010', '0a:00.0 NVMe 1b36:0010', '0a:00.1 NVMe 1b36:0010'])
  })

  test.each([
    [['--class', 'gpu'], 'DEVICE_CHOICE'],
    [['--class', 'frob'], 'DEVICE_CHOICE'],
    [['--device', '99:00.0'], 'DEVICE_CHOICE'],
    [['--device', '03:00.0', '--all'], 'OPTION_INVALID'],
  ])('%j ends with %s', async (args, code) => {
    const { exit, err } = await inspect(capture('iommu'), ...args)
    expect([exit, err.split('\n')[0]]).toEqual([2, `error ${code}`])
  })
})

describe('the tree', () => {
  test('ACS-1: has every port with its ACS word, and marks those that redirect', async () => {
    const { exit, out } = await inspect(capture('disable-acs-redir'), '--tree', '--device', '03:00.0,09:00.0,81:00.0')
    expect(exit).toBe(0)
    expect(out.split('\n').slice(3).join('\n')).toBe(`0000:00  root bus; 8086:29c0, trusted for its CPU (HB-1)
└─ 00:03.0  root port                     ACS off
   └─ 01:00.0  upstream port              no ACS
      ├─ 02:00.0  root port               ACS off
      │  └─ 03:00.0  NVMe 1b36:0010, group 1
      └─ 02:03.0  downstream port         no ACS
         └─ 09:00.0  NVMe 1b36:0010, group 1
0000:80  root bus; 1b36:000c, trusted for its CPU (HB-1)
└─ 80:00.0  root port                     ACS SV+RR+CR+UF ↑
   └─ 81:00.0  NVMe 1b36:0010, group 16

  ↑  redirects: peer traffic from below goes up to the root complex (RR, CR or
     EC is on)
`)
  })
})

describe('a pair', () => {
  test('P2P-21: the way port by port, the port that decides, and how to change it', async () => {
    const { exit, out } = await inspect(capture('iommu'), '--pair', '03:00.0,04:00.0')
    expect(exit).toBe(0)
    expect(out).toBe(`04:00.0 writes into a BAR of 03:00.0
  04:00.0  NVMe 1b36:0010
  03:00.0  NVMe 1b36:0010, BAR 0 16 KiB, BAR 2 64 MiB

  04:00.0   endpoint          no ACS
  02:01.0   root port         ACS SV+RR+CR+UF   decides: redirects up
  01:00.0   upstream port     no ACS
  00:03.0   root port         ACS SV+RR+CR+UF
  0000:00   host bridge       8086:29c0         trusted (HB-1)
  00:03.0   root port         ACS SV+RR+CR+UF
  01:00.0   upstream port     no ACS
  02:00.0   root port         ACS SV+RR+CR+UF   redirects too
  03:00.0   endpoint          no ACS

  verdict  through the host bridge, distance 4
  because  ACS redirect at 0000:02:00.0 (RR+CR), 0000:02:01.0 (RR+CR) sends
           packets up to the root complex; the kernel trusts every host bridge
           of an AMD Zen or newer (family 0x17) (HB-1)
  advice   boot with pci=disable_acs_redir=0000:02:00.0;0000:02:01.0 and the
           pair gets a bus address; that takes the IOMMU out of this way

03:00.0 writes into a BAR of 04:00.0 (BAR 0 16 KiB): the same ports in reverse,
the same verdict.
`)
  })

  test('P2P-31: the advice is true', async () => {
    const { out } = await inspect(capture('disable-acs-redir'), '--pair', '03:00.0,04:00.0')
    expect(out).toContain('  verdict  a bus address, inside the switch, distance 4\n')
    expect(out).toContain('  01:00.0   upstream port     no ACS            turns round here\n')
  })

  test('JSON is the report of the inspection', async () => {
    const { out } = await inspect(capture('iommu'), '--pair', '03:00.0,04:00.0', '--json')
    const report = JSON.parse(out)
    expect(report.schema).toBe('barter.inspect/1')
    expect(report.pairs).toMatchObject([{ provider: '0000:03:00.0', client: '0000:04:00.0', rule: 'HB-1' }])
  })
})

describe('a wrong call', () => {
  test.each([
    [['--pair', '03:00.0'], 'OPTION_INVALID'],
    [['--pair', '03:00.0,04:00.0', '--all'], 'OPTION_INVALID'],
    [['--pair', '03:00.0,99:00.0'], 'DEVICE_UNKNOWN'],
    [['--pair', 'nvme,nic'], 'FUNCTION_NAME'],
  ])('%j ends with %s and exit code 2', async (args, code) => {
    const { exit, out, err } = await inspect(capture('iommu'), ...args)
    expect({ exit, out, head: err.split('\n')[0] }).toEqual({ exit: 2, out: '', head: `error ${code}` })
  })
})
