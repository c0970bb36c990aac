import { existsSync } from 'node:fs'
import { UsageError } from '@barter/core'
import { findCapture, inspectTopology, loadMachine, readSysfs } from '@barter/inspect'
import { describe, expect, test } from 'vitest'
import { asTree, type Entries, sampleFiles, sampleResource, twoBelowOneSwitch } from './sample-tree.ts'
import { codeOf } from './usage-errors.ts'

const read = (entries: Entries) => {
  const tree = asTree(entries)
  return readSysfs(tree, findCapture(tree))
}
const zen = 'vendor_id : AuthenticAMD\ncpu family : 25\nmodel name : AMD EPYC\nflags : lm\n'
const switchOnZen: Entries = {
  ...twoBelowOneSwitch(),
  'proc/cpuinfo': zen,
  'proc/iomem': '00001000-0009ffff : System RAM\nf0000000-f0ffffff : PCI Bus 0000:00\n',
  'sys/kernel/iommu_groups/1/type': 'DMA-FQ',
}

test('the report of a machine of seven functions, whole', () => {
  const lean = Object.fromEntries(
    Object.entries(switchOnZen).filter(([path]) => !/0000:00:00\.0|0000:02:01\.0/.test(path)),
  )
  const machine = read({
    ...lean,
    'sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:00.0/0000:03:00.0/numa_node': '1\n',
  })
  expect(inspectTopology(machine, { pairs: ['0000:03:00.0', '0000:03:00.0'] })).toEqual({
    schema: 'barter.inspect/1',
    acsKnown: true,
    devices: [
      device('0000:00:01.0', 'root-port', null, { acs: 'SV+RR+CR+UF' }),
      device('0000:01:00.0', 'upstream-port', '0000:00:01.0', {}),
      device('0000:02:00.0', 'downstream-port', '0000:01:00.0', { acs: 'off' }),
      {
        ...device('0000:03:00.0', 'endpoint', '0000:02:00.0', {}),
        class: '0x010802',
        className: 'NVMe',
        numaNode: 1,
        bars: [{ bar: 0, kind: 'mem32', address: '0xf0000000', length: 16384, exportable: true }],
      },
    ],
    pairs: [
      {
        provider: '0000:03:00.0',
        client: '0000:03:00.0',
        distance: 0,
        kernelDistance: 0,
        mapType: 'bus-addr',
        commonUpstream: '0000:03:00.0',
        acsRedirectOn: [],
        redirectBits: [],
        hostBridges: [],
        cpuRule: true,
        exportableBars: [0],
        iommuGroups: { provider: null, client: null },
        label: 'X',
        path: [{ at: '0000:03:00.0', kind: 'endpoint', acs: 'none', leg: 'turn', asked: true }],
        rule: 'P2P-21',
        reason: 'packets turn round at 0000:03:00.0, and nothing on the way has ACS redirect on',
      },
    ],
    unknown: ['3 of 4 functions do not show how long their BARs are, so it is open which can be exported'].map(
      (sentence) => sentence.replace('3 of 4 functions', '3 of 4 functions (0000:00:01.0, 0000:01:00.0, 0000:02:00.0)'),
    ),
  })
})

function device(bdf: string, kind: string, parent: string | null, more: { readonly acs?: string }) {
  return {
    bdf,
    class: '0x060400',
    className: 'PCI bridge',
    id: '1b36:0010',
    kind,
    driver: null,
    iommuGroup: null,
    parent,
    hostBridge: '0000:00',
    acs: more.acs ?? 'none',
    bars: [],
  }
}

describe('pairs', () => {
  const root = 'sys/devices/pci0000:00'
  const machine = read({
    ...sampleFiles(`${root}/0000:00:02.0`, { classCode: 0x01_0802 }, sampleResource(0xf000_0000, 0x4000)),
    ...sampleFiles(`${root}/0000:00:03.0`, { classCode: 0x02_0000 }),
    ...sampleFiles(`${root}/0000:00:04.0`, { classCode: 0x01_0601 }, sampleResource(0xf010_0000, 0x4000)),
    ...sampleFiles(`${root}/0000:00:05.0`, { port: 'root-port', buses: [1, 1] }),
  })
  const names = (pairs: 'interesting' | 'all') =>
    inspectTopology(machine, { pairs }).pairs.map(({ provider, client }) => `${provider.slice(5)} ${client.slice(5)}`)

  test('interesting ones have a provider with a memory BAR, and neither side is a chipset controller', () => {
    expect(names('interesting')).toEqual(['00:02.0 00:03.0'])
    expect(inspectTopology(machine).pairs).toEqual(inspectTopology(machine, { pairs: 'interesting' }).pairs)
  })

  test('all are the ordered pairs of distinct functions that are no bridges', () => {
    expect(names('all')).toEqual(
      ['02.0 00:03.0', '02.0 00:04.0', '03.0 00:02.0', '03.0 00:04.0', '04.0 00:02.0', '04.0 00:03.0'].map(
        (pair) => `00:${pair}`,
      ),
    )
  })

  test('a named pair may be written short, and has to be there', async () => {
    expect(inspectTopology(machine, { pairs: ['00:02.0', '00:05.0'] }).pairs[0]?.client).toBe('0000:00:05.0')
    expect(await codeOf(() => inspectTopology(machine, { pairs: ['00:02.0', 'nvme0'] }))).toBe('FUNCTION_NAME')
    expect(await codeOf(() => inspectTopology(machine, { pairs: ['00:02.0', '00:09.0'] }))).toBe('DEVICE_UNKNOWN')
  })

  test('with too many, virtual functions are left out; then it is refused', async () => {
    const many = (count: number, physfn: boolean): Entries =>
      Object.assign(
        {},
        ...Array.from({ length: count }, (_, index) => {
          const name = `0000:${Math.floor(index / 256)
            .toString(16)
            .padStart(2, '0')}:${(Math.floor(index / 8) % 32).toString(16).padStart(2, '0')}.${index % 8}`
          const link = physfn && index > 0 ? { [`${root}/${name}/physfn`]: { link: '../0000:00:00.0' } } : {}
          return { ...sampleFiles(`${root}/${name}`, { length: 64 }, sampleResource(0xf000_0000, 0x4000)), ...link }
        }),
      ) as Entries
    const crowd = inspectTopology(read(many(500, true)))
    expect([crowd.pairs, crowd.unknown.at(-1)]).toEqual([
      [],
      '499 virtual functions are left out of the pairs, as there are too many: name a pair to see one',
    ])
    expect(await codeOf(() => inspectTopology(read(many(500, false))))).toBe('PAIRS_TOO_MANY')
    expect(await codeOf(() => inspectTopology(read(many(500, true)), { pairs: 'all' }))).toBe('PAIRS_TOO_MANY')
  })
})

test('HB-1: without cpuinfo an answer that hangs on the CPU says so', () => {
  const root = 'sys/devices/pci0000:00'
  const entries: Entries = { ...sampleFiles(`${root}/0000:00:02.0`, {}), ...sampleFiles(`${root}/0000:00:03.0`, {}) }
  const pair = (more: Entries) =>
    inspectTopology(read({ ...entries, ...more }), { pairs: ['00:02.0', '00:03.0'] }).pairs[0]
  expect([pair({})?.cpuMatters, pair({})?.kernelDistance]).toEqual([true, null])
  expect([pair({ 'proc/cpuinfo': zen })?.mapType, pair({ 'proc/cpuinfo': zen })?.cpuMatters]).toEqual([
    'thru-host-bridge',
    undefined,
  ])
})

test('the running machine can be inspected, or the reason why not has a code', async (context) => {
  context.skip(process.platform !== 'linux' || !existsSync('/sys'), 'this is not Linux, or /sys is not mounted')
  const seen = await loadMachine().then(
    (machine) => inspectTopology(machine).schema,
    (error: unknown) => (error instanceof UsageError ? error.code : String(error)),
  )
  expect(['barter.inspect/1', 'CAPTURE_NO_DEVICES']).toContain(seen)
})
