// Who may have a device, and what is possible without an IOMMU. VFIO-63, VFIO-64, HAZ-10, ACS-13, ACS-14, IFD-11.
import { buildTopology, compose, GROUP_OWNERS } from '@barter/core'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { type1 } from '@barter/legacy-type1'
import { iommu } from '@barter/platform-iommu'
import { runScenario, sim, simulate } from '@barter/sim'
import { describe, expect, test } from 'vitest'
import { APART, attach, endings, lastValue, lend, memory, NEAR, opened, put, SIZE, step, take, tell } from './house.ts'

const last = (report: ReturnType<typeof tell>): string | undefined => endings(report).at(-1)

describe('VFIO-63: one owner for a group', () => {
  const second = [
    ...opened('disk'),
    step('open', '/dev/iommu', {}, 'fd2'),
    step('open', 'nic', { cdev: true }, 'nic-file'),
    step('bindIommufd', 'nic-file', { iommufd: 'fd2' }),
  ]

  test('VFIO-63: another iommufd gets EPERM, the same one may; a second address space is EINVAL', () => {
    expect(last(tell(second, { spec: NEAR }))).toBe('EPERM')
    expect(last(tell(second, { spec: APART }))).toBe('ok')
    const spaces = [
      ...opened('disk', 'nic'),
      step('ioasAlloc', 'fd', {}, 'space2'),
      attach('disk'),
      attach('nic', 'space2'),
    ]
    expect(last(tell(spaces, { spec: NEAR }))).toBe('EINVAL')
    expect(last(tell(spaces, { spec: APART }))).toBe('ok')
  })

  test('VFIO-63: the group is busy for who comes by the other door', () => {
    expect(last(tell([...opened('disk'), step('open', 'nic', {}, 'nic-file')], { spec: NEAR }))).toBe('EBUSY')
    expect(last(tell([...opened('disk'), step('groupStatus', 'nic')], { spec: NEAR }))).toBe('EBUSY')
    expect(lastValue(tell([step('groupStatus', 'nic')]))).toEqual({ viable: true, noiommu: false })
  })

  test('VFIO-63, ACS-14: a driver of the kernel beside a user is EPERM with the intended groups, and not with those of 7.3', () => {
    const open = (groups: 'ideal' | 'kernel-7.3') =>
      last(tell([step('open', 'disk')], { spec: NEAR, iommu: { groups }, drivers: { nic: 'probe' } }))
    expect(open('ideal')).toBe('EPERM')
    // Two ports of one slot would be one group; these are ports of their own (ACS-13).
    expect(open('kernel-7.3')).toBe('ok')
    expect(last(tell([step('open', 'disk')], { spec: NEAR, drivers: { nic: 'probe' } }))).toBe('ok')
  })
})

describe('VFIO-63: a driver of the kernel that comes later', () => {
  const owners = (groups: 'ideal' | 'kernel-7.3') => {
    const { topology, names } = buildTopology({ memory: '1 GiB', ...NEAR })
    const system = compose({ topology, plugins: [sim(), vfioPci(), iommu({ groups })] })
    const { run, devices } = simulate(system, new Map([...names].map(([name, at]) => [at, name])), { seed: 1 }, {})
    const device = (name: string) => devices.get(names.get(name) ?? expect.fail(name))
    return { owners: run.scope.get(GROUP_OWNERS), disk: device('disk'), nic: device('nic'), gpu: device('gpu') }
  }

  test('VFIO-63: it gets EBUSY beside a device of user space, and not in another group or when that is given back', () => {
    const { owners: ledger, disk, nic, gpu } = owners('ideal')
    ledger.claim(disk, { name: 'a program' })
    expect(() => {
      ledger.useByKernel(nic)
    }).toThrow(expect.objectContaining({ errno: 'EBUSY', rule: 'VFIO-63' }))
    ledger.useByKernel(gpu)
    expect(ledger.usedByKernel(nic)).toBe(false)
    ledger.release(disk)
    ledger.useByKernel(nic)
    expect(ledger.usedByKernel(nic)).toBe(true)
  })

  test('ACS-14: with the groups of 7.3 the two are apart, and it may come', () => {
    const { owners: ledger, disk, nic } = owners('kernel-7.3')
    ledger.claim(disk, { name: 'a program' })
    ledger.useByKernel(nic)
    expect(ledger.usedByKernel(nic)).toBe(true)
  })
})

describe('containers', () => {
  const container = step('open', '/dev/vfio/vfio', {}, 'c')

  test('T1-5: the last descriptor of a container, and the last file of a device in it, take all entries along', () => {
    const steps = [
      container,
      step('open', 'disk', { container: 'c' }, 'disk-file'),
      step('open', 'nic', { container: 'c' }, 'nic-file'),
      step('mmap', 'disk-file', { bar: 0 }, 'bar'),
      step('import', 'bar', { on: 'nic', driver: 'type1', container: 'c', iova: 0x10_0000 }, 'entry'),
    ]
    const look = step('iommuLookup', 'nic', { address: 0x10_0000 })
    const closing = [step('close', 'c'), step('close', 'nic-file'), step('close', 'bar')]
    expect(lastValue(tell([...steps, ...closing, look]))).not.toEqual({ physical: null })
    expect(lastValue(tell([...steps, ...closing, step('close', 'disk-file'), look]))).toEqual({ physical: null })
  })

  test('VFIO-63: without an IOMMU a container of type1 takes nobody, and one of the right kind maps nothing', () => {
    const none = { iommu: { mode: 'none' } } as const
    const open = step('open', 'disk', { container: 'c' }, 'disk-file')
    expect(last(tell([container, open], none))).toBe('ENODEV')
    const right = step('open', '/dev/vfio/vfio', { containerKind: 'noiommu' }, 'c')
    const map = step('import', 'bar', { on: 'disk', driver: 'type1', container: 'c', iova: 0 })
    const steps = [right, open, step('mmap', 'disk-file', { bar: 0 }, 'bar'), map]
    expect(endings(tell(steps, none)).slice(-3)).toEqual(['ok', 'ok', 'ENOTTY'])
  })

  test('T1-1: a machine with an IOMMU that no plugin plays is told before anything runs, with the step', () => {
    const { topology, names } = buildTopology(APART)
    const plugins = [sim(), vfioPci(), type1()]
    const system = compose({ topology, plugins, facts: { iommu: { mode: 'translated', strict: true } } })
    const at = (name: string) => ({
      at: names.get(name) ?? expect.fail(),
      driver: name === 'nic' ? 'type1' : 'vfio-pci',
    })
    const steps = [step('open', 'disk'), step('mmap', 'disk', {}, 'bar'), step('import', 'bar', { on: 'nic', iova: 0 })]
    const scenario = {
      title: 't',
      devices: { disk: at('disk'), nic: at('nic') },
      actors: [{ name: 'vmm', steps }],
      expect: [],
    }
    expect(() => runScenario(system, scenario, { seed: 1 })).toThrow(
      expect.objectContaining({
        code: 'SERVICE_NEEDED',
        message: 'step 3 of vmm: driver type1 needs an IOMMU, and no plugin gives it',
      }),
    )
  })
})

describe('IFD-11: from inside the kernel', () => {
  const begin = [...opened('disk'), lend(), put(0, { rights: 'r' })]
  const access = (kind: string, write: boolean, iova = 0) =>
    step('kernelAccess', 'space', { kind, write, iova, length: 0x1000 })

  test.each(['rw', 'pin'])(
    'IFD-11: %s of a BAR is EINVAL, and against its rights EPERM first, revoked or not',
    (kind) => {
      const both = [access(kind, false), access(kind, true)]
      expect(endings(tell([...begin, ...both])).slice(-2)).toEqual(['EINVAL', 'EPERM'])
      expect(endings(tell([...begin, memory(false), ...both])).slice(-2)).toEqual(['EINVAL', 'EPERM'])
      expect(last(tell([...begin, take(0), access(kind, false)]))).toBe('ENOENT')
      const ram = [
        step('allocate', 'memory', { length: SIZE }, 'ram'),
        step('ioasMap', 'space', { memory: 'ram', iova: 0x10_0000 }),
      ]
      expect(last(tell([...begin, ...ram, access(kind, true, 0x10_0000)]))).toBe('ok')
    },
  )

  test('IFD-11: a BAR is not cut by the older calls, which may cut memory; no process change with it', () => {
    const compat = [
      step('vfioIoas', 'fd', { action: 'set', ioas: 'space' }),
      step('compatSetIommu', 'fd', { type: 'type1' }),
      step('allocate', 'memory', { length: SIZE }, 'ram'),
      step('ioasMap', 'space', { memory: 'ram', iova: 0x10_0000 }),
    ]
    const cut = (iova: number) => step('compatUnmap', 'fd', { iova, length: 0x2000 })
    const steps = [
      ...opened('disk'),
      ...compat,
      lend(),
      put(0),
      cut(0x1000),
      cut(0x10_1000),
      step('changeProcess', 'fd'),
    ]
    expect(endings(tell(steps)).slice(-3)).toEqual(['EOPNOTSUPP', 'ok', 'EINVAL'])
    const file = [
      step('allocate', 'memfd', { length: SIZE }, 'f'),
      step('ioasMapFile', 'space', { buffer: 'f', iova: 0 }),
    ]
    expect(last(tell([...opened('disk'), ...file, step('changeProcess', 'fd')]))).toBe('ok')
  })

  test('IFD-11: huge pages cannot be had or not once something is in a domain', () => {
    const huge = step('ioasHugePages', 'space', { value: false })
    const steps = [
      ...opened('disk', 'nic'),
      huge,
      step('ioasHugePages', 'space', { value: true }),
      attach('nic'),
      lend(),
      put(0),
    ]
    expect(endings(tell([...steps, huge])).slice(-1)).toEqual(['EINVAL'])
  })
})

describe('VFIO-64: without an IOMMU', () => {
  const none = { iommu: { mode: 'none' } } as const
  const query = (args: object = {}) => step('noiommuGetPa', 'space', { iova: 0x1000, length: SIZE, ...args })
  const begin = [...opened('disk', 'nic'), lend(), put(0)]

  test('VFIO-64: the query tells where the BAR is, and for how long', () => {
    const report = tell([...begin, attach('nic'), query()], none)
    expect(lastValue(report)).toMatchObject({ length: SIZE - 0x1000 })
  })

  test.each([
    ['EPERM without CAP_SYS_RAWIO, whatever else', [query({ rawio: false, iova: 0x10_0000 })], 'EPERM'],
    ['EINVAL without a length', [query({ length: 0 })], 'EINVAL'],
    ['ENOENT where nothing is', [query({ iova: SIZE })], 'ENOENT'],
    ['EOPNOTSUPP with no device attached', [step('detachIoas', 'nic-file'), query()], 'EOPNOTSUPP'],
    ['EINVAL after a revoke, attached or not', [step('detachIoas', 'nic-file'), memory(false), query()], 'EINVAL'],
    ['EINVAL also when it is over', [memory(false), memory(true), query()], 'EINVAL'],
  ])('VFIO-64: %s', (_name, steps, wanted) => {
    expect(last(tell([...begin, attach('nic'), ...steps], none))).toBe(wanted)
  })

  test('HAZ-10, VFIO-64: a device that was told the address goes on after the revoke', () => {
    const { physical } = lastValue(tell([...begin, attach('nic'), query({ iova: 0 })], none)) as { physical: number }
    const write = step('dmaWrite', 'nic-file', { offset: physical, length: 4 })
    const report = tell([...begin, attach('nic'), memory(false), memory(true), write], none)
    expect(lastValue(report)).toEqual({ arrived: true })
  })

  test('VFIO-64: the driver that has only an iommufd cannot import', () => {
    const report = tell(
      [step('open', 'disk', {}, 'disk-file'), lend(), step('import', 'buf', { on: 'nic', driver: 'iommufd' })],
      none,
    )
    expect(last(report)).toBe('ENODEV')
  })
})
