// IOMMU_IOAS_MAP_FILE and its kin: what is refused, what stays, and where a device ends up. IFD-1 to IFD-6, IFD-14, T1-7.
import { describe, expect, test } from 'vitest'
import {
  APART,
  attach,
  endings,
  lastValue,
  lend,
  lookUp,
  memory,
  opened,
  put,
  SIZE,
  step,
  take,
  tell,
} from './house.ts'

const last = (report: ReturnType<typeof tell>): string | undefined => endings(report).at(-1)
const attachments = step('attachments', 'buf')

describe('arguments of IOMMU_IOAS_MAP_FILE', () => {
  const all = { offset: 0n, length: BigInt(SIZE), iova: 0x4000_0000n, flags: 7 }
  test.each([
    ['IFD-1: unknown flags come first', { ...all, flags: 8 | 1, length: 2n ** 64n - 1n }, 'EOPNOTSUPP'],
    ['IFD-1: then a place at the end of 64 bits', { ...all, iova: 2n ** 64n - 1n, flags: 1 }, 'EOVERFLOW'],
    ['IFD-1: then a length there', { ...all, length: 2n ** 64n - 1n, flags: 1 }, 'EOVERFLOW'],
    ['IFD-1: then no right at all', { ...all, flags: 1, length: 0n }, 'EINVAL'],
    ['IFD-1: a length of 0', { ...all, length: 0n }, 'EINVAL'],
    ['IFD-1: an offset and a length that wrap', { ...all, offset: 2n ** 64n - 4096n, length: 8192n }, 'EOVERFLOW'],
    ['IFD-2: what begins at the end of the buffer', { ...all, offset: BigInt(SIZE), length: 4096n }, 'EINVAL'],
    ['IFD-2: what ends a byte behind it', { ...all, length: BigInt(SIZE + 1) }, 'EINVAL'],
    ['IFD-1: nothing is wrong', all, 'ok'],
  ])('%s', (_name, args, wanted) => {
    const report = tell([...opened('disk'), lend(), step('ioasMapFile', 'space', { buffer: 'buf', ...args })])
    expect(last(report)).toBe(wanted)
  })

  test('IFD-1: a number that names no address space is ENOENT, before the length is looked at', () => {
    const map = step('ioasMapFile', 'fd', { ioas: 999, buffer: 'buf', length: 0 })
    expect(last(tell([...opened('disk'), lend(), map]))).toBe('ENOENT')
  })

  test('IFD-2: a descriptor that is not open is EBADF; one that is no buffer is a file, whose pages are asked for late', () => {
    const map = (buffer: string, iova: number) => step('ioasMapFile', 'space', { buffer, length: 4096, iova })
    const report = tell([...opened('disk'), map('closed', 0), map('stdin', 0x1000), attach('disk')])
    expect(endings(report).slice(-3)).toEqual(['EBADF', 'ok', 'EINVAL'])
  })

  test.each([0x800, 0x1001])('IFD-2: with a device attached, %i bytes are no whole pages', (odd) => {
    const steps = [...opened('disk', 'nic'), attach('nic'), lend()]
    const wrong = [{ offset: odd, length: 4096 }, { length: odd }, { iova: 0x4000_0000 + odd, length: 4096 }]
    const report = tell([...steps, ...wrong.map((args) => put(0x4000_0000, args))])
    expect(endings(report).slice(-3)).toEqual(['EINVAL', 'EINVAL', 'EINVAL'])
  })

  test('IFD-2: what was mapped askew before cannot have a device any more', () => {
    const report = tell([...opened('disk', 'nic'), lend(), put(0x4000_0800, { length: 4096 }), attach('nic')])
    expect(last(report)).toBe('EADDRINUSE')
  })
})

describe('the attachment', () => {
  test('IFD-3, IFD-5: one of the device iommu for each map that succeeded, none for a copy, gone with the last area', () => {
    const copy = step('ioasCopy', 'space', { from: 'space', at: 0, length: SIZE, iova: 0x10_0000 })
    const of = (...steps: Parameters<typeof tell>[0]) =>
      (lastValue(tell([...opened('disk'), lend(), ...steps, attachments])) as { devices: unknown }).devices
    expect(of(put(0))).toEqual(['iommu'])
    expect(of(put(0), put(0x20_0000))).toEqual(['iommu', 'iommu'])
    expect(of(put(0), put(0))).toEqual(['iommu'])
    expect(of(put(0), copy)).toEqual(['iommu'])
    expect(of(put(0), copy, take(0))).toEqual(['iommu'])
    expect(of(put(0), copy, take(0), take(0x10_0000))).toEqual([])
  })

  test('IFD-5: the descriptor of the buffer may go, and the mapping keeps it; closing the iommufd lets it go', () => {
    const info = step('fdinfo', 'buf')
    const of = (...steps: Parameters<typeof tell>[0]) =>
      (lastValue(tell([...opened(), ...steps])) as { count: number }).count
    const begin = [step('open', 'disk', {}, 'disk-file'), lend()]
    expect(of(...begin, put(0), info)).toBe(2)
    expect(of(...begin, put(0), step('close', 'fd'), info)).toBe(1)
    const report = tell([
      ...opened('disk', 'nic'),
      attach('nic'),
      lend(),
      put(0),
      step('close', 'buf'),
      lookUp('nic', 0),
    ])
    expect(lastValue(report)).not.toEqual({ physical: null })
    expect(report.violations).toEqual([])
  })

  test('IFD-4: two ranges are refused, also where one page is asked for; so is a buffer of RAM; revoked comes first', () => {
    const two = { ranges: [0, 0x1000].map((offset) => ({ offset: BigInt(offset), length: 0x1000n })) }
    const begin = [...opened('disk'), lend('buf', two)]
    expect(last(tell([...begin, put(0, { length: 0x1000 })]))).toBe('EOPNOTSUPP')
    expect(last(tell([...begin, memory(false), put(0)]))).toBe('ENODEV')
    const ram = [step('allocate', 'memfd', { length: SIZE }, 'file'), step('udmabuf', 'file', {}, 'buf')]
    const report = tell([...opened(), ...ram, put(0), attachments])
    expect(endings(report).at(-2)).toBe('EOPNOTSUPP')
    expect(lastValue(report)).toEqual({ devices: [] })
  })

  test('GEN-4, IFD-3: the kernels that refused pins had no iommufd that pins', () => {
    for (const generation of ['G1', 'G1p', 'G2r', 'G2'] as const) {
      expect(last(tell([...opened('disk'), lend(), put(0)], { facts: { generation } }))).toBe('ok')
    }
  })
})

describe('where a device ends up', () => {
  const physical = (report: ReturnType<typeof tell>) => (lastValue(report) as { physical: number | null }).physical
  const begin = [...opened('disk', 'nic'), attach('nic'), lend(), put(0x4000_0000)]

  test('IFD-6: in the byte of the BAR, whatever piece is mapped where', () => {
    const start = physical(tell([...begin, lookUp('nic', 0x4000_0000)])) ?? expect.fail()
    expect(physical(tell([...begin, lookUp('nic', 0x4000_3004)]))).toBe(start + 0x3004)
    const piece = put(0x5000_0000, { offset: 0x8000, length: 0x2000 })
    expect(physical(tell([...begin, piece, lookUp('nic', 0x5000_1000)]))).toBe(start + 0x9000)
    expect(physical(tell([...begin, piece, lookUp('nic', 0x5000_2000)]))).toBeNull()
  })

  test('IFD-6: rights are those of the mapping', () => {
    const write = step('dmaWrite', 'nic-file', { offset: 0x100, length: 4 })
    const read = step('dmaRead', 'nic-file', { offset: 0x100, length: 4 })
    const arrived = (rights: string, act: typeof write) =>
      lastValue(tell([...opened('disk', 'nic'), attach('nic'), lend(), put(0, { rights }), act]))
    expect([arrived('r', read), arrived('r', write)]).toEqual([{ arrived: true }, { arrived: false }])
    expect([arrived('w', read), arrived('w', write)]).toEqual([{ arrived: false }, { arrived: true }])
  })

  test('IFD-6, P2P-23: a path that is refused to a kernel importer is mapped all the same', () => {
    const spec = { ...APART, cpu: { vendor: 'GenuineIntel', family: 6 } }
    const probing = [step('import', 'buf', { on: 'nic', driver: 'probe' }, 'held'), step('map', 'held')]
    const report = tell([...begin, ...probing, lookUp('nic', 0x4000_0000)], { spec })
    expect(endings(report).at(-2)).toBe('EINVAL')
    expect(physical(report)).not.toBeNull()
  })

  test('a guest: its RAM and the BAR of a peer in one address space', () => {
    const ram = step('allocate', 'memory', { length: 0x10_0000 }, 'ram')
    const report = tell([
      ...begin,
      ram,
      step('ioasMap', 'space', { memory: 'ram', iova: 0 }),
      step('store', 'ram', { offset: 0x100, data: 'from the guest' }),
      step('dmaCopy', 'nic-file', { from: 0x100, to: 0x4000_0000, length: 14 }),
      step('dmaCopy', 'nic-file', { from: 0x4000_0000, to: 0x2000, length: 14 }),
      step('load', 'ram', { offset: 0x2000, length: 14, expectData: 'from the guest' }),
    ])
    expect(last(report)).toBe('ok')
    expect(report.violations).toEqual([])
  })
})

describe('places', () => {
  test('a place is taken once; an unmap takes whole areas, and says how much', () => {
    const report = tell([...opened('disk'), lend(), put(0), put(0x8000), take(0, 0x1000), take(0, 2 * SIZE), take(0)])
    expect(endings(report).slice(-4)).toEqual(['EEXIST', 'ENOENT', 'ok', 'ENOENT'])
  })

  test('the kernel chooses the lowest place that keeps huge pages whole', () => {
    const any = step('ioasMapFile', 'space', { buffer: 'buf', length: 0x1000, offset: 0x1000 })
    expect(lastValue(tell([...opened('disk'), lend(), any]))).toEqual({ iova: 0x1000n })
    const whole = step('ioasMapFile', 'space', { buffer: 'buf' })
    expect(lastValue(tell([...opened('disk'), lend(), any, whole]))).toEqual({ iova: 0x1_0000n })
  })

  test('IFD-6: what the device cannot have is reserved: interrupts, and what is beyond the IOMMU', () => {
    const begin = [...opened('disk', 'nic'), attach('nic'), lend()]
    const report = tell([...begin, put(0xfee0_0000), put(2 ** 48), step('ioasRanges', 'space')])
    expect(endings(report).slice(-3)).toEqual(['EINVAL', 'EINVAL', 'ok'])
    expect(lastValue(report)).toEqual({
      alignment: 0x1000n,
      ranges: [
        [0n, 0xfedf_ffffn],
        [0xfef0_0000n, 2n ** 48n - 1n],
      ],
    })
    expect(last(tell([...opened('disk', 'nic'), lend(), put(0xfee0_0000), attach('nic')]))).toBe('EADDRINUSE')
  })

  test('a copy may take a piece, and may not do more than its source', () => {
    const copy = (args: object) =>
      step('ioasCopy', 'space', { from: 'space', at: 0, length: SIZE, iova: 0x10_0000, ...args })
    const begin = [...opened('disk'), lend(), put(0, { rights: 'r' })]
    expect(last(tell([...begin, copy({ rights: 'rw' })]))).toBe('EPERM')
    expect(last(tell([...begin, copy({ rights: 'r', at: 0x1000, length: 0x1000 })]))).toBe('ok')
    expect(last(tell([...begin, copy({ rights: 'r', length: SIZE + 0x1000 })]))).toBe('ENOENT')
    expect(last(tell([...begin, copy({ rights: 'r', from: 999 })]))).toBe('ENOENT')
  })
})

test('IFD-14: the rows of the reference', () => {
  const rows: readonly (readonly [ReturnType<typeof put>, string])[] = [
    [put(0, { length: 0 }), 'EINVAL'],
    [put(0, { offset: SIZE, length: 0x1000 }), 'EINVAL'],
    [put(0, { length: SIZE + 1 }), 'EINVAL'],
    [put(0), 'ok'],
    [memory(false), 'ok'],
    [step('hwptAlloc', 'fd', { device: 'nic-file', ioas: 'space' }, 'domain'), 'ok'],
    [put(0x10_0000), 'ENODEV'],
    [memory(true), 'ok'],
    [put(0x10_0000), 'ok'],
    [take(0), 'ok'],
    [put(0), 'ok'],
  ]
  const report = tell([...opened('disk', 'nic'), attach('nic'), lend(), ...rows.map(([one]) => one)])
  expect(endings(report).slice(-rows.length)).toEqual(rows.map(([, ending]) => ending))
})

describe('T1-7: a mapping of a BAR by the CPU', () => {
  const bar = step('mmap', 'disk-file', { bar: 0 }, 'bar')
  const map = step('ioasMap', 'space', { memory: 'bar', iova: 0 })

  test('T1-7: is refused by the call of iommufd, once pages are needed', () => {
    expect(last(tell([...opened('disk', 'nic'), attach('nic'), bar, map]))).toBe('EFAULT')
    expect(endings(tell([...opened('disk', 'nic'), bar, map, attach('nic')])).slice(-2)).toEqual(['ok', 'EFAULT'])
  })

  test('T1-7: and by the older one on an iommufd, which takes memory', () => {
    const steps = [
      step('open', '/dev/iommu', {}, 'fd'),
      step('open', 'disk', { container: 'fd' }, 'disk-file'),
      step('open', 'nic', { container: 'fd' }, 'nic-file'),
      bar,
      step('allocate', 'memory', { length: SIZE }, 'ram'),
    ]
    const old = (memory: string) => step('compatMap', 'fd', { memory, iova: 0x1000 })
    expect(endings(tell([...steps, old('bar'), old('ram')])).slice(-2)).toEqual(['EFAULT', 'ok'])
  })

  test('T1-7: the older calls find a buffer that the new one put there', () => {
    const steps = [
      step('open', '/dev/iommu', {}, 'fd'),
      step('open', 'disk', { container: 'fd' }, 'disk-file'),
      step('vfioIoas', 'fd', { action: 'get' }, 'space'),
      lend(),
      put(0x1000),
      step('compatUnmap', 'fd', { iova: 0x1000, length: 0x1000 }),
      step('compatUnmap', 'fd', { iova: 0x1000, length: SIZE }),
      step('compatUnmap', 'fd', { iova: 0x1000, length: SIZE }),
    ]
    const report = tell(steps)
    expect(endings(report).slice(-3)).toEqual(['ENOENT', 'ok', 'ok'])
    expect(lastValue(report)).toEqual({ length: 0n })
  })
})
