/** Trees that lack things, or hold odd ones: each still loads and says what is unknown, or is refused with a code. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DirectoryTree, findCapture, inspectTopology, loadMachine, readSysfs } from '@barter/inspect'
import fc from 'fast-check'
import { UsageError } from '@barter/core'
import { describe, expect, test } from 'vitest'
import {
  asFolder,
  asTree,
  type Entries,
  sampleConfig,
  sampleFiles,
  sampleResource,
  temporaryFolder,
  twoBelowOneSwitch,
} from './sample-tree.ts'
import { codeOf } from './usage-errors.ts'

const read = (entries: Entries) => {
  const tree = asTree(entries)
  return readSysfs(tree, findCapture(tree))
}
const without = (entries: Entries, name: string): Entries =>
  Object.fromEntries(Object.entries(entries).filter(([path]) => !path.endsWith(`/${name}`)))
const pair = (entries: Entries) => inspectTopology(read(entries), { pairs: ['0000:03:00.0', '0000:04:00.0'] }).pairs[0]

/** Unknown about the machine whenever only sys/devices is there. */
const BARE = [
  'the capture has no proc/cpuinfo: whether the kernel trusts the root complex because of its CPU is unknown',
  'the capture does not show sys/kernel/iommu_groups: whether an IOMMU is in use is unknown',
  'the capture has no proc/iomem: RAM and the windows of host bridges are unknown',
]

describe('what a capture lacks', () => {
  test('no resource file: BARs come from the registers, and their lengths are unknown', () => {
    const machine = read(without(twoBelowOneSwitch(), 'resource'))
    expect(machine.functions.at(-1)?.bars).toEqual([
      { index: 0, kind: 'mem32', start: 0xf010_0000, bus: 0xf010_0000, length: undefined },
    ])
    expect(inspectTopology(machine).devices.at(-1)?.bars).toEqual([
      {
        bar: 0,
        kind: 'mem32',
        address: '0xf0100000',
        length: null,
        exportable: 'unknown',
        why: 'its length is not known',
      },
    ])
    expect(machine.unknown).toEqual([
      '7 of 7 functions do not show how long their BARs are, so it is open which can be exported',
      ...BARE,
    ])
  })

  test('ACS-4: 64 bytes of configuration space leave two answers', () => {
    const short = Object.entries(twoBelowOneSwitch()).map(([path, content]) => {
      return [path, content instanceof Uint8Array ? content.slice(0, 64) : content] as const
    })
    const entries: Entries = Object.fromEntries(short)
    const { mapType, mapTypeIfNoRedirect, mapTypeIfRedirect, acsMattersOn } = pair(entries) ?? {}
    expect({ mapType, mapTypeIfNoRedirect, mapTypeIfRedirect, acsMattersOn }).toEqual({
      mapType: undefined,
      mapTypeIfNoRedirect: 'bus-addr',
      mapTypeIfRedirect: 'not-supported',
      acsMattersOn: ['0000:03:00.0', '0000:02:00.0', '0000:01:00.0', '0000:04:00.0', '0000:02:01.0'],
    })
    expect(inspectTopology(read(entries)).acsKnown).toBe(false)
  })

  test('no config file: ids come from their files, and the place from the nesting', () => {
    const machine = read(without(twoBelowOneSwitch(), 'config'))
    expect(machine.functions.map(({ kind, parent }) => [kind, parent])).toEqual([
      ['host-bridge', null],
      ['root-port', null],
      ['upstream-port', '0000:00:01.0'],
      ['downstream-port', '0000:01:00.0'],
      ['downstream-port', '0000:01:00.0'],
      ['endpoint', '0000:02:00.0'],
      ['endpoint', '0000:02:01.0'],
    ])
    expect(machine.functions.map(({ config }) => config.length)).toEqual([0, 0, 0, 0, 0, 0, 0])
  })

  test('no id files: ids come from the registers', () => {
    const bare = ['vendor', 'device', 'class'].reduce(without, twoBelowOneSwitch())
    expect(read(bare).functions.map((fn) => [fn.vendor, fn.device, fn.classCode])).toEqual(
      read(twoBelowOneSwitch()).functions.map((fn) => [fn.vendor, fn.device, fn.classCode]),
    )
  })

  test('a bridge without files keeps its place, so distances hold', () => {
    const port = '/0000:02:00.0/'
    const entries = Object.fromEntries(
      Object.entries(twoBelowOneSwitch()).filter(
        ([path]) => !path.includes(port) || path.includes(`${port}0000:03:00.0/`),
      ),
    )
    const { distance, mapTypeIfNoRedirect, acsMattersOn } = pair(entries) ?? {}
    expect({ distance, mapTypeIfNoRedirect, acsMattersOn }).toEqual({
      distance: 4,
      mapTypeIfNoRedirect: 'bus-addr',
      acsMattersOn: ['0000:02:00.0'],
    })
    expect(read(entries).unknown[0]).toBe(
      '1 of 7 functions (0000:02:00.0) are named, and nothing else: their ACS control words and BARs are unknown',
    )
    expect(inspectTopology(read(entries)).devices.find(({ bdf }) => bdf === '0000:02:00.0')?.id).toBe('unknown')
  })

  test('a function that does not answer has no capabilities that could be trusted', () => {
    const folder = 'sys/devices/pci0000:00/0000:00:02.0'
    const machine = read({ ...sampleFiles(folder, {}), [`${folder}/config`]: new Uint8Array(4096).fill(0xff) })
    const [device] = inspectTopology(machine).devices
    expect([device?.id, device?.acs, device?.kind]).toEqual(['1b36:0010', 'unknown', 'endpoint'])
    expect(machine.unknown[0]).toBe(
      '1 of 1 functions (0000:00:02.0) did not answer when the capture was taken: their registers are unknown',
    )
  })

  test('zeros with which tar fills up short files change nothing', () => {
    const filled = (to: number) =>
      Object.entries(twoBelowOneSwitch()).map(([path, content]) => {
        const bytes = typeof content === 'string' ? Buffer.from(content) : (content as Uint8Array)
        const known = path.endsWith('/config') ? bytes.slice(0, to) : bytes
        return [path, Buffer.concat([known, new Uint8Array(4096 - known.length)])] as const
      })
    const machine = (entries: Entries) => inspectTopology(read(entries))
    expect(machine(Object.fromEntries(filled(4096)))).toEqual(machine(twoBelowOneSwitch()))
    const unprivileged = machine(Object.fromEntries(filled(64)))
    expect([unprivileged.acsKnown, unprivileged.devices.at(-1)?.acs]).toEqual([false, 'unknown'])
  })

  test('links of bus/pci/devices whose folders are not in the capture', () => {
    const link = { link: '../../../devices/pci0000:00/0000:00:01.0' }
    expect(codeSync(() => read({ 'sys/bus/pci/devices/0000:00:01.0': link }))).toBe('CAPTURE_NO_DEVICES')
    const machine = read({
      ...twoBelowOneSwitch(),
      'sys/bus/pci/devices/0000:00:1f.0': { link: '../../../devices/pci0000:00/0000:00:1f.0' },
    })
    expect(machine.functions.find(({ bdf }) => bdf === '0000:00:1f.0')?.parent).toBe(null)
  })
})

describe('where the functions are', () => {
  const files = (folder: string): Entries =>
    sampleFiles(folder, { bar0: 0xf000_0000 }, sampleResource(0xf000_0000, 0x4000))
  const port = (buses: readonly [number, number]) => ({ port: 'root-port', buses }) as const

  test('real folders in bus/pci/devices: bridges are found by their bus numbers', () => {
    const top = 'sys/bus/pci/devices'
    const machine = read({
      ...sampleFiles(`${top}/0000:00:01.0`, port([1, 4])),
      ...sampleFiles(`${top}/0000:01:00.0`, { port: 'upstream-port', buses: [2, 4] }),
      ...sampleFiles(`${top}/0000:02:00.0`, { port: 'downstream-port', buses: [3, 4] }),
      ...files(`${top}/0000:03:00.0`),
      ...files(`${top}/0000:04:00.0`),
      ...files(`${top}/0000:09:00.0`),
      ...sampleFiles(`${top}/0000:80:02.0`, port([0x81, 0x81])),
      ...files(`${top}/0000:81:00.0`),
    })
    expect(machine.functions.map(({ bdf, parent, hostBridge }) => [bdf, parent, hostBridge])).toEqual([
      ['0000:00:01.0', null, '0000:00'],
      ['0000:01:00.0', '0000:00:01.0', '0000:00'],
      ['0000:02:00.0', '0000:01:00.0', '0000:00'],
      ['0000:03:00.0', '0000:02:00.0', '0000:00'],
      ['0000:04:00.0', '0000:02:00.0', '0000:00'],
      ['0000:09:00.0', null, '0000:09'],
      ['0000:80:02.0', null, '0000:80'],
      ['0000:81:00.0', '0000:80:02.0', '0000:80'],
    ])
    expect(machine.unknown.filter((sentence) => sentence.includes('no bridge'))).toEqual([
      '1 of 8 functions (0000:09:00.0) have no bridge in the capture that leads to their bus: how far they are from others, and which bridge they share, is unknown',
    ])
  })

  test('a copy with links followed: one real folder in the other', () => {
    const machine = read({
      ...sampleFiles('sys/bus/pci/devices/0000:00:01.0', { port: 'root-port', length: 64 }),
      ...files('sys/bus/pci/devices/0000:00:01.0/0000:01:00.0'),
      ...files('sys/bus/pci/devices/0000:01:00.0'),
    })
    expect(machine.functions.map(({ bdf, parent }) => [bdf, parent])).toEqual([
      ['0000:00:01.0', null],
      ['0000:01:00.0', '0000:00:01.0'],
    ])
  })

  test('P2P-29: a domain of five digits behind a bridge of another (VMD) has a host bridge of its own', () => {
    const vmd = 'sys/devices/pci0000:00/0000:00:0e.0'
    const machine = read({ ...files(vmd), ...files(`${vmd}/pci10000:e0/10000:e0:06.0`) })
    expect(machine.functions.map(({ bdf, parent, hostBridge }) => [bdf, parent, hostBridge])).toEqual([
      ['0000:00:0e.0', null, '0000:00'],
      ['10000:e0:06.0', null, '10000:e0'],
    ])
  })

  test('host bridges below other folders (device tree, Hyper-V), with and without bus/pci/devices', () => {
    const folder = 'sys/devices/platform/soc/40000000.pcie/pci0001:00/0001:00:00.0'
    const link = { link: `../../../${folder.slice('sys/'.length)}` }
    const machine = read({ ...files(folder), 'sys/bus/pci/devices/0001:00:00.0': link })
    expect(machine.functions.map(({ bdf, hostBridge, vendor }) => [bdf, hostBridge, vendor])).toEqual([
      ['0001:00:00.0', '0001:00', 0x1b36],
    ])
    const tree = asTree(files(folder))
    expect(readSysfs(tree, { sys: 'sys', proc: [], beside: [] }).functions).toHaveLength(1)
  })

  test('a virtual function hangs where its physical function hangs', () => {
    const top = 'sys/bus/pci/devices'
    const machine = read({
      ...sampleFiles(`${top}/0000:00:01.0`, port([1, 1])),
      ...files(`${top}/0000:01:00.0`),
      ...files(`${top}/0000:02:00.1`),
      [`${top}/0000:02:00.1/physfn`]: { link: '../0000:01:00.0' },
    })
    const virtual = machine.functions.at(-1)
    expect([virtual?.bdf, virtual?.parent, virtual?.physicalFunction]).toEqual([
      '0000:02:00.1',
      '0000:00:01.0',
      '0000:01:00.0',
    ])
  })

  test('bus numbers and links that go in circles', () => {
    const top = 'sys/bus/pci/devices'
    const machine = read({
      ...sampleFiles(`${top}/0000:05:00.0`, { port: 'downstream-port', buses: [3, 9] }),
      ...sampleFiles(`${top}/0000:03:00.0`, { port: 'downstream-port', buses: [5, 9] }),
      [`${top}/0000:03:00.0/physfn`]: { link: '../0000:05:00.0' },
      [`${top}/0000:05:00.0/physfn`]: { link: '../0000:03:00.0' },
    })
    expect(machine.functions.map(({ parent }) => parent)).toEqual([null, '0000:03:00.0'])
  })
})

describe('BARs', () => {
  const folder = 'sys/devices/pci0000:00/0000:00:02.0'
  const bars = (fn: Parameters<typeof sampleFiles>[1], resource: string) =>
    inspectTopology(read(sampleFiles(folder, fn, resource))).devices[0]?.bars

  test('P2P-4: the CPU address is that of the resource file, the bus address that of the register', () => {
    const machine = read(sampleFiles(folder, { bar0: 0x1000_0000 }, sampleResource(0x50_1000_0000, 0x4000)))
    expect(machine.functions[0]?.bars).toEqual([
      { index: 0, kind: 'mem32', start: 0x50_1000_0000, bus: 0x1000_0000, length: 0x4000 },
    ])
    expect(machine.unknown).toContain(
      'host bridge 0000:00 shows bus addresses that differ from CPU addresses, and its windows are unknown',
    )
    const iomem = '5010000000-501fffffff : PCI Bus 0000:00\n'
    const known = read({
      ...sampleFiles(folder, { bar0: 0x1000_0000 }, sampleResource(0x50_1000_0000, 0x4000)),
      'proc/iomem': iomem,
    })
    expect(known.hostBridges).toEqual([
      {
        id: '0000:00',
        windows: [{ start: 0x50_1000_0000, length: 0x1000_0000, busOffset: -0x50_0000_0000 }],
        inbound: [],
      },
    ])
  })

  test('VFIO-14: which can be exported, and why not', () => {
    const endpoint = { bar0: 0xf000_0000 }
    const why = (fn: Parameters<typeof sampleFiles>[1], resource: string) =>
      bars(fn, resource)?.map((bar) => [bar.exportable, bar.why])
    expect(why(endpoint, sampleResource(0xf000_0000, 4096))).toEqual([[true, undefined]])
    expect(why(endpoint, sampleResource(0xf000_0000, 512))).toEqual([[false, '512 B is less than a page']])
    expect(why(endpoint, sampleResource(0, 4096))).toEqual([[false, 'it has no address']])
    expect(why(endpoint, sampleResource(0, 4096, 0x2004_0200))).toEqual([[false, 'it has no address']])
    expect(why(endpoint, sampleResource(0xe000, 4096, 0x40101))).toEqual([[false, 'it is I/O space']])
    expect(why({ port: 'root-port', buses: [1, 1] }, sampleResource(0xf000_0000, 4096))).toEqual([
      [false, 'vfio-pci does not take bridges'],
    ])
  })

  test('lines that cannot be read, and addresses that do not fit, are left out with a word', () => {
    const machine = read(sampleFiles(folder, {}, 'rubbish\n0xfff0000000000000 0xfff0000000000fff 0x40200\n'))
    expect(machine.functions[0]?.bars).toEqual([])
    expect(machine.unknown.slice(0, 2)).toEqual([
      '1 of 1 functions (0000:00:02.0) have BARs in a form that cannot be read: those BARs are left out',
      '1 of 1 functions (0000:00:02.0) have BARs beyond 2^52 or of odd form: those BARs are left out',
    ])
  })
})

describe('IOMMU', () => {
  const groups = (...types: string[]): Entries =>
    Object.fromEntries(types.map((type, index) => [`sys/kernel/iommu_groups/${index}/type`, `${type}\n`]))
  const mode = (more: Entries) => read({ ...twoBelowOneSwitch(), ...more }).iommu

  test('its mode is that of the groups', () => {
    expect(mode(groups('DMA-FQ', 'DMA-FQ'))).toEqual({ mode: 'translated', strict: false })
    expect(mode(groups('DMA'))).toEqual({ mode: 'translated', strict: true })
    expect(mode(groups('identity'))).toEqual({ mode: 'identity' })
    expect(mode(groups('identity', 'DMA'))).toEqual({ mode: 'translated', strict: true })
    expect(mode({})).toBe(undefined)
    expect(mode({ 'proc/cmdline': 'intel_iommu=off' })).toEqual({ mode: 'none' })
  })

  test('groups without a type: the command line is asked', () => {
    const link = { link: '../../../../bus/pci/devices/0000:00:01.0' }
    const old: Entries = { 'sys/kernel/iommu_groups/7/devices/0000:00:01.0': link }
    expect(mode(old)).toBe(undefined)
    expect(mode({ ...old, 'proc/cmdline': 'quiet iommu=pt\n' })).toEqual({ mode: 'identity' })
    const functions = read({ ...twoBelowOneSwitch(), ...old }).functions
    expect(functions.find(({ bdf }) => bdf === '0000:00:01.0')?.iommuGroup).toBe(7)
  })
})

describe('folders on disk', () => {
  test('the same tree gives the same machine from memory and from disk', async () => {
    const entries = twoBelowOneSwitch('some/where/sys/')
    const onDisk = await loadMachine(asFolder(entries))
    expect(inspectTopology(onDisk, { pairs: 'all' })).toEqual(inspectTopology(read(entries), { pairs: 'all' }))
  })

  test('a folder that is /sys by another name', async () => {
    expect((await loadMachine(asFolder(twoBelowOneSwitch('')))).functions).toHaveLength(7)
  })

  test('links that loop, lead out or lead nowhere are not followed', async () => {
    const folder = asFolder(twoBelowOneSwitch())
    const outside = asFolder({ 'secret/config': sampleConfig({ vendor: 0x1234 }), 'secret/vendor': '0x1234' })
    const bus = join(folder, 'sys/bus/pci/devices')
    mkdirSync(bus, { recursive: true })
    symlinkSync('0000:00:0a.0', join(bus, '0000:00:0b.0'))
    symlinkSync('0000:00:0b.0', join(bus, '0000:00:0a.0'))
    symlinkSync(join(outside, 'secret'), join(bus, '0000:00:0c.0'))
    symlinkSync('../../../../../../../../../../../../etc', join(bus, '0000:00:0d.0'))
    const device = join(folder, 'sys/devices/pci0000:00/0000:00:02.0')
    mkdirSync(device)
    symlinkSync(join(outside, 'secret/vendor'), join(device, 'vendor'))
    symlinkSync('.', join(device, '0000:05:00.0'))
    const machine = await loadMachine(folder)
    const odd = machine.functions.filter(({ bdf }) => /^0000:00:0[2abcd]/.test(bdf))
    expect(odd.map(({ bdf, vendor }) => [bdf, vendor])).toEqual([
      ['0000:00:02.0', 0xffff],
      ['0000:00:0a.0', 0xffff],
      ['0000:00:0b.0', 0xffff],
      ['0000:00:0c.0', 0xffff],
      ['0000:00:0d.0', 0xffff],
    ])
  })

  test('a path through a link is not there, and neither is a pipe', () => {
    const folder = asFolder({ 'a/b': 'text', c: { link: 'a' } })
    execFileSync('mkfifo', [join(folder, 'pipe')])
    const tree = new DirectoryTree(folder)
    expect(['a/b', 'c', 'c/b', 'pipe', 'a/b/c', ''].map((path) => tree.kind(path))).toEqual([
      'file',
      'link',
      undefined,
      undefined,
      undefined,
      'directory',
    ])
    expect([tree.read('c/b', 9), tree.read('pipe', 9), tree.list('c'), tree.list('a')]).toEqual([
      undefined,
      undefined,
      [],
      ['b'],
    ])
  })

  test('what is wrong with the path has a code', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'text'), 'hello')
    writeFileSync(join(folder, 'nothing'), '')
    expect(await codeOf(() => loadMachine(join(folder, 'missing')))).toBe('CAPTURE_MISSING')
    expect(await codeOf(() => loadMachine(join(folder, 'text', 'x')))).toBe('CAPTURE_MISSING')
    expect(await codeOf(() => loadMachine(join(folder, 'text')))).toBe('CAPTURE_FORMAT')
    expect(await codeOf(() => loadMachine(join(folder, 'nothing')))).toBe('CAPTURE_EMPTY')
    expect(await codeOf(() => loadMachine('/dev/null'))).toBe('CAPTURE_FORMAT')
    expect(await codeOf(() => loadMachine(folder))).toBe('CAPTURE_NO_SYSFS')
    mkdirSync(join(folder, 'sys/bus/pci/devices'), { recursive: true })
    expect(await codeOf(() => loadMachine(folder))).toBe('CAPTURE_NO_DEVICES')
    mkdirSync(join(folder, 'other/bus/pci/devices'), { recursive: true })
    expect(await codeOf(() => loadMachine(folder))).toBe('CAPTURE_AMBIGUOUS')
  })
})

test('any random tree has an answer or a code', { timeout: 60_000 }, () => {
  const part = fc.constantFrom(
    'sys',
    'devices',
    'bus',
    'pci',
    'pci0000:00',
    'pci10000:e0',
    '0000:00:01.0',
    '0000:01:00.0',
    '0000:01:00.1',
    '10000:e0:06.0',
    'kernel',
    'iommu_groups',
    '3',
  )
  const leaf = fc.constantFrom(
    'config',
    'vendor',
    'class',
    'resource',
    'uevent',
    'driver',
    'physfn',
    'iommu_group',
    'type',
    'secondary_bus_number',
    'numa_node',
  )
  const functionPath = fc.tuple(
    fc.constantFrom('sys/devices/pci0000:00', 'sys/bus/pci/devices', 'sys'),
    fc.array(part, { maxLength: 4 }),
    leaf,
  )
  const number = fc.oneof(fc.nat(255), fc.nat()).map((value) => `0x${value.toString(16)}`)
  const config = fc
    .tuple(fc.uint8Array({ maxLength: 300 }), fc.nat(255), fc.nat(255))
    .map(([bytes, secondary, subordinate]) => {
      const whole = sampleConfig({ port: 'root-port', buses: [secondary, subordinate] })
      whole.set(bytes.subarray(64), 64)
      return whole
    })
  const link = fc.array(fc.oneof(part, fc.constant('..')), { maxLength: 6 }).map((parts) => ({ link: parts.join('/') }))
  const content = fc.oneof(
    number,
    fc.string(),
    fc.nat(300).map(String),
    config,
    fc.uint8Array({ maxLength: 4096 }),
    link,
  )
  const tree = fc.array(fc.tuple(functionPath, content), { maxLength: 40 })
  fc.assert(
    fc.property(tree, (entries) => {
      const paths = entries.map(([[top, parts, name], value]) => [[top, ...parts, name].join('/'), value] as const)
      expect(['fine', 'refused']).toContain(
        codeSync(() => inspectTopology(read(Object.fromEntries(paths)), { pairs: 'all' })) === 'no error'
          ? 'fine'
          : 'refused',
      )
    }),
    { numRuns: 2000 },
  )
})

function codeSync(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    return error.code
  }
  return 'no error'
}
