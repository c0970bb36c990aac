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

  ↑  04:00.0   endpoint        no ACS
  ↑  02:01.0   root port       ACS SV+RR+CR+UF   decides: redirects up (RR+CR)
  ↑  01:00.0   upstream port   no ACS
  ↑  00:03.0   root port       ACS SV+RR+CR+UF   above the turn: not asked
  ↷  0000:00   host bridge     8086:29c0         trusted (HB-1)
  ↓  00:03.0   root port       ACS SV+RR+CR+UF   above the turn: not asked
  ↓  01:00.0   upstream port   no ACS
  ↓  02:00.0   root port       ACS SV+RR+CR+UF   redirects too (RR+CR)
  ●  03:00.0   endpoint        no ACS

  verdict  through the host bridge, distance 4
  because  ACS redirect at 0000:02:00.0 (RR+CR), 0000:02:01.0 (RR+CR) sends
           packets up to the root complex; the kernel trusts every host bridge
           of an AMD Zen or newer (family 0x17) (HB-1)
  groups   IOMMU groups 15 and 14
  label    PIX in the words of nvidia-smi and NCCL, which do not look at ACS
  advice   ACS alone is in the way of a bus address: --want 03:00.0,04:00.0 says
           what to change, and what isolation it costs

03:00.0 writes into a BAR of 04:00.0 (BAR 0 16 KiB): the same ports in reverse,
the same verdict.
`)
  })

  test('P2P-31: the advice is true', async () => {
    const { out } = await inspect(capture('disable-acs-redir'), '--pair', '03:00.0,04:00.0')
    expect(out).toContain('  verdict  a bus address, inside the switch, distance 4\n')
    expect(out).toContain('  ↷  01:00.0   upstream port   no ACS            turns round here\n')
  })

  test('JSON is the report of the inspection', async () => {
    const { out } = await inspect(capture('iommu'), '--pair', '03:00.0,04:00.0', '--json')
    const report = JSON.parse(out)
    expect(report.schema).toBe('barter.inspect/1')
    expect(report.pairs).toMatchObject([
      {
        ...{ provider: '0000:03:00.0', client: '0000:04:00.0', rule: 'HB-1', cpuRule: true, label: 'PIX' },
        ...{ exportableBars: [0, 2], iommuGroups: { provider: 14, client: 15 } },
        acsRedirectOn: ['0000:02:00.0', '0000:02:01.0'],
        redirectBits: [
          ['RR', 'CR'],
          ['RR', 'CR'],
        ],
        wouldBeBusAddrAfter: 'pci=disable_acs_redir=0000:02:00.0;0000:02:01.0',
      },
      { provider: '0000:04:00.0', client: '0000:03:00.0', rule: 'HB-1' },
    ])
  })
})

describe('advice', () => {
  test('ACS-10, ACS-14: what to change, what it costs whom, and the proof', async () => {
    const { exit, out } = await inspect(capture('iommu'), '--want', '07:00.0,08:00.0')
    expect(exit).toBe(0)
    expect(out).toBe(`07:00.0, 08:00.0: can be made direct by software

  07:00.0 and 08:00.0, today: through the host bridge

  Redirect has to go off at 2 functions, and nowhere else:
  06:00.0   root port        ACS SV+RR+CR+UF    control word at 0x14e
  06:01.0   root port        ACS SV+RR+CR+UF    control word at 0x14e

  One of these, least harm first, for Linux 7.3.4+deb13-amd64:
  1. WARNING, costs isolation: pci=config_acs=x0100x1@0000:06:00.0;x0100x1@0000:06:01.0
     2 devices lose isolation from each other, though their IOMMU groups stay
     apart; keeps the other ACS bits of these ports as they are
  2. WARNING, costs isolation: pci=disable_acs_redir=0000:06:00.0;0000:06:01.0
     2 devices lose isolation from each other, though their IOMMU groups stay
     apart; SV and UF, which the kernel sets by default, stay off at these ports
     too
  3. until the next reset, as root:
     setpci -s 0000:06:00.0 ECAP_ACS+6.w=0:2c  # WARNING, costs isolation
     setpci -s 0000:06:01.0 ECAP_ACS+6.w=0:2c  # WARNING, costs isolation
     2 devices lose isolation from each other, and the IOMMU groups do not show
     it; lasts until a driver is bound to the port, or the port is reset; the
     kernel notices neither in the IOMMU groups nor in answers that it gave
     before: bind the lending driver again
  4. WARNING, every device then reaches all memory: amd_iommu=off
     no device is kept from any memory or device; not proved: the ports then
     keep what firmware set; never on a machine that lends devices to guests

  Devices that then reach each other past any IOMMU:
    07:00.0 (group 19) + 08:00.0 (group 20)

  Proof: the machine asked again, both ways, after each but the last of these:
  07:00.0   <-> 08:00.0   H -> B  a bus address, inside the switch
`)
  })

  test.each([
    [['iommu', '--want', '03:00.0,04:00.0'], 0, 'can be made direct by software'],
    [['noiommu', '--want', '03:00.0,04:00.0'], 0, 'direct already, nothing to change'],
    [['iommu', '--want', '03:00.0,04:00.0,81:00.0'], 1, 'changes places with'],
    [['iommu', '--want', '0a:00.0,81:00.0'], 1, 'never is direct'],
    [['iommu-unprivileged', '--want', '03:00.0,04:00.0'], 3, 'setpci -s 0000:02:00.0 ECAP_ACS+6.w'],
    [
      ['iommu', '--want', '03:00.0,04:00.0', '--kernel', '5.15'],
      0,
      '1. WARNING, costs isolation: pci=disable_acs_redir=',
    ],
    [['iommu', '--want', '03:00.0,81:00.0', '--what-if', 'move:04:00.0->80:01.0'], 2, ''],
  ])('%j ends with %i', async ([name = '', ...args], code, words) => {
    const { exit, out } = await inspect(capture(name), ...args)
    expect(exit).toBe(code)
    expect(out).toContain(words)
    for (const line of out.split('\n')) if (/iommu=off|pci=|ECAP_ACS.*=/.test(line)) expect(line).toContain('WARNING')
  })

  test('as JSON: the verdicts of today and the advice', async () => {
    const { out } = await inspect(capture('iommu'), '--want', '03:00.0,04:00.0', '--json')
    expect(JSON.parse(out)).toMatchObject({
      schema: 'barter.inspect/1',
      pairs: [{ mapType: 'thru-host-bridge' }, { mapType: 'thru-host-bridge' }],
      advice: { status: 'possible', clear: ['0000:02:00.0', '0000:02:01.0'], slots: [], collect: [] },
    })
  })
})

describe('what-if', () => {
  test('says whose verdict changes, and who loses isolation', async () => {
    const { exit, out } = await inspect(
      capture('iommu'),
      '--what-if',
      'acs:06:00.0=-RR,CR',
      '--what-if',
      'acs:06:01.0=off',
    )
    expect(exit).toBe(0)
    expect(out).toBe(`What if: acs:06:00.0=-RR,CR, acs:06:01.0=off

  2 of 182 ordered pairs change:
  07:00.0      <-> 08:00.0       H -> B

  B  bus address: packets turn round below the host bridge, past any IOMMU
  H  host bridge: packets go up to the root complex and come back

  Devices that then reach each other past any IOMMU:
    07:00.0 (group 19) + 08:00.0 (group 20)
`)
  })

  test('with another screen, shows that one of the changed machine', async () => {
    const args = ['--what-if', 'acs:06:00.0=off', '--what-if', 'acs:06:01.0=off', '--pair', '07:00.0,08:00.0']
    const { out } = await inspect(capture('iommu'), ...args)
    expect(out).toContain('  verdict  a bus address, inside the switch, distance 4\n')
    const report = JSON.parse((await inspect(capture('iommu'), ...args, '--json')).out)
    expect(report).toMatchObject({
      pairs: [{ mapType: 'bus-addr' }, {}],
      whatIf: { pairs: [{ before: 'H', after: 'B' }, {}] },
    })
  })
})

describe('a wrong call', () => {
  test.each([
    [['--pair', '03:00.0'], 'OPTION_INVALID'],
    [['--pair', '03:00.0,04:00.0', '--all'], 'OPTION_INVALID'],
    [['--pair', '03:00.0,99:00.0'], 'DEVICE_UNKNOWN'],
    [['--pair', 'nvme,nic'], 'FUNCTION_NAME'],
    [['--pair', '03:00.0,04:00.0', '--want', '03:00.0,04:00.0'], 'OPTION_INVALID'],
    [['--want', '03:00.0,04:00.0', '--kernel', 'new'], 'OPTION_INVALID'],
    [['--kernel', '6.8'], 'OPTION_INVALID'],
    [['--pair', '03:00.0,04:00.0', '--class', 'nvme'], 'OPTION_INVALID'],
    [['--want', '03:00.0,04:00.0', '--device', '03:'], 'OPTION_INVALID'],
    [['--tree', '--labels'], 'OPTION_INVALID'],
    [['--want', '03:00.0'], 'WANTED_FEW'],
    [['--want', '03:00.0,00:03.0'], 'WANTED_BRIDGE'],
    [['--want', '03:00.0,99:00.0'], 'DEVICE_UNKNOWN'],
    [['--what-if', 'frob'], 'WHAT_IF'],
  ])('%j ends with %s and exit code 2', async (args, code) => {
    const { exit, out, err } = await inspect(capture('iommu'), ...args)
    expect({ exit, out, head: err.split('\n')[0] }).toEqual({ exit: 2, out: '', head: `error ${code}` })
  })

  test('one device makes no pair, and the answer says so within 80 columns', async () => {
    const { exit, out } = await inspect(capture('iommu'), '--device', '03:00.0')
    expect(exit).toBe(0)
    expect(out.replace(/\s+/g, ' ')).toContain('0000:03:00.0 alone makes no pair: choose a second device')
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([])
  })
})
