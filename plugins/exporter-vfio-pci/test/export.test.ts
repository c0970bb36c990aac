import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { house, type HouseOptions, range, refusal } from './house.ts'

const PAGE = 4096
const BAR = 64 * 1024 * 1024

const opened = (options: HouseOptions = {}) => {
  const machine = house(options)
  return { machine, file: machine.open() }
}

describe('the feature header (VFIO-1 to VFIO-6)', () => {
  const feature = (args: Record<string, never> | object) => {
    const { file } = opened()
    return refusal(() => file.control('feature', { feature: 'dmaBuf', ...(args as object) }))
  }

  test.each([
    ['VFIO-2', { flags: ['probe'] }, { fault: 'vfio:resume' }, 'EIO VFIO-2'],
    ['VFIO-8b', { flags: ['get'], ranges: [range(0, PAGE)], region: 2 }, { fault: 'vfio:alloc' }, 'ENOMEM VFIO-8b'],
    ['VFIO-11', { flags: ['get'], ranges: [range(0, PAGE)], region: 2 }, { fault: 'dmabuf:export' }, 'ENOMEM VFIO-11'],
  ])('%s: %o with a failure at %o gives %s', (_rule, args, { fault }, expected) => {
    let armed = false
    const { file } = opened({ fault: (point) => (armed && point.point === fault ? point.usual : undefined) })
    armed = true
    expect(refusal(() => file.control('feature', { feature: 'dmaBuf', ...args }))).toBe(expected)
  })

  test.each([
    ['VFIO-3', { flags: ['get'], payloadBytes: 32, readable: 7 }, 'EFAULT VFIO-3'],
    ['VFIO-3', { flags: ['get'], payloadBytes: 32, argsz: 7 }, 'EINVAL VFIO-3'],
    ['VFIO-3', { flags: ['get', 'bit19'], payloadBytes: 32 }, 'EINVAL VFIO-3'],
    ['VFIO-3', { flags: ['get', 'set'], payloadBytes: 32 }, 'EINVAL VFIO-3'],
    ['VFIO-3', { feature: 99, flags: ['probe'] }, 'ENOTTY VFIO-3'],
    ['VFIO-6', { flags: ['set'], payloadBytes: 32 }, 'EINVAL VFIO-6'],
    ['VFIO-6', { flags: ['probe', 'set'] }, 'EINVAL VFIO-6'],
    ['VFIO-6b', { flags: ['probe'] }, 'ok'],
    ['VFIO-6b', { flags: ['probe', 'get'] }, 'ok'],
    ['VFIO-6b', { flags: ['bit18', 'bit16'] }, 'ok'],
    ['VFIO-6c', { flags: [], payloadBytes: 32 }, 'EINVAL VFIO-6c'],
    ['VFIO-6c', { flags: ['get'], payloadBytes: 32, argsz: 23 }, 'EINVAL VFIO-6c'],
    ['VFIO-6d', { flags: ['get'], payloadBytes: 32, readable: 23 }, 'EFAULT VFIO-6d'],
    ['VFIO-7', { flags: ['get'], payloadBytes: 32 }, 'EINVAL VFIO-7'],
  ] as const)('%s: %o gives %s', (_rule, args, expected) => {
    expect(feature(args)).toBe(expected)
  })

  test('VFIO-4: without VFIO_PCI_DMABUF the feature is not there, not even to probe', () => {
    for (const facts of [
      { config: { p2pdma: true, vfioPciDmabuf: false } },
      { config: { p2pdma: false, vfioPciDmabuf: true } },
      { pgmap: false, switches: ['SW-KCONFIG-STRICT'] },
    ]) {
      const { file } = opened({ facts })
      expect(refusal(() => file.control('feature', { feature: 'dmaBuf', flags: ['probe'] }))).toBe('ENOTTY VFIO-4')
    }
  })

  test('P2P-12: an architecture without struct pages for MMIO exports all the same', () => {
    const { file } = opened({ facts: { pgmap: false } })
    expect(file.export().size).toBe(PAGE)
  })
})

describe('the payload (VFIO-7 to VFIO-12)', () => {
  const whole = { feature: 'dmaBuf', flags: ['get'], region: 2 }

  test.each([
    ['VFIO-7', { region: 9, ranges: [range(0, PAGE)], nrRanges: 0 }, 'EINVAL VFIO-7'],
    ['VFIO-7', { region: 9, ranges: [range(0, PAGE)], flagsField: 1 }, 'EINVAL VFIO-7'],
    ['VFIO-7b', { region: 6, ranges: [range(1, PAGE)] }, 'ENODEV VFIO-7b'],
    ['VFIO-7b', { region: 1, ranges: [range(1, PAGE)] }, 'ENODEV VFIO-7b'],
    ['VFIO-7b', { region: 0xffff_ffff, ranges: [range(0, PAGE)], nrRanges: 0xffff_ffff }, 'ENODEV VFIO-7b'],
    ['VFIO-7c', { ranges: [range(1, PAGE)], nrRanges: 0xffff_ffff }, 'ENOMEM VFIO-7c'],
    ['VFIO-7c', { ranges: [range(1, PAGE)], nrRanges: 100_000 }, 'EFAULT VFIO-7c'],
    ['VFIO-7c', { ranges: [range(1, PAGE), range(0, PAGE)], readable: 40 }, 'EFAULT VFIO-7c'],
    ['VFIO-8', { ranges: [range(0, 0)] }, 'EINVAL VFIO-8'],
    ['VFIO-8', { ranges: [range(1, PAGE)] }, 'EINVAL VFIO-8'],
    ['VFIO-8', { ranges: [range(0, PAGE + 1)] }, 'EINVAL VFIO-8'],
    ['VFIO-8', { ranges: [range(BAR, PAGE), range(1, PAGE)] }, 'EINVAL VFIO-8'],
    ['VFIO-8', { ranges: [range(0, 2n ** 63n)] }, 'EINVAL VFIO-8'],
    ['VFIO-8', { ranges: [range(0, 2n ** 63n), range(0, 2n ** 63n)] }, 'EINVAL VFIO-8'],
    ['VFIO-9b', { ranges: [range(BAR, PAGE)] }, 'EINVAL VFIO-9b'],
    ['VFIO-9b', { ranges: [range(0, BAR + PAGE)] }, 'EINVAL VFIO-9b'],
    ['VFIO-9b', { ranges: [range(0, 2n ** 63n - BigInt(PAGE))] }, 'EINVAL VFIO-9b'],
    ['VFIO-9b', { ranges: [range(2n ** 64n - BigInt(PAGE), PAGE)] }, 'EOVERFLOW VFIO-9b'],
    ['VFIO-12', { ranges: [range(BAR - PAGE, PAGE)] }, 'ok'],
    ['VFIO-12', { ranges: [range(0, BAR)], argsz: 24 }, 'ok'],
    ['VFIO-13', { ranges: [range(0, BAR), range(0, BAR), range(PAGE, PAGE)], openFlags: ['O_PATH'] }, 'ok'],
  ] as const)('%s: %o gives %s', (_rule, args, expected) => {
    const { file } = opened()
    expect(refusal(() => file.control('feature', { ...whole, ...args }))).toBe(expected)
  })

  test('VFIO-9b: the end of a range is compared exactly at 2^64', () => {
    const { machine, file } = opened()
    const start = BigInt(machine.device('nvme').fn.bars.find((bar) => bar.index === 2)?.start ?? 0)
    const ask = (offset: bigint) => refusal(() => file.export({ ranges: [{ offset, length: BigInt(PAGE) }] }))
    // The last start whose end does not wrap, the first whose end is exactly 2^64, the first whose start is.
    expect(ask(2n ** 64n - start - 2n * BigInt(PAGE))).toBe('EINVAL VFIO-9b')
    expect(ask(2n ** 64n - start - BigInt(PAGE))).toBe('EOVERFLOW VFIO-9b')
    expect(ask(2n ** 64n - start)).toBe('EOVERFLOW VFIO-9b')
  })

  test.each([
    ['VFIO-3', { argsz: 7 }, 'EINVAL VFIO-3'],
    ['VFIO-6c', { argsz: 23 }, 'EINVAL VFIO-6c'],
    ['VFIO-7', { flags: 1 }, 'EINVAL VFIO-7'],
    ['VFIO-7c', { nrRanges: 2 }, 'EFAULT VFIO-7c'],
    ['VFIO-13', { argsz: 24 }, 'ok'],
  ])('%s: an export whose fields say %o gives %s', (_rule, fields, expected) => {
    const { file } = opened()
    expect(refusal(() => file.export(fields))).toBe(expected)
  })

  test('VFIO-9: an I/O BAR is claimed, and has no provider', () => {
    const machine = house()
    machine.bind('other')
    const file = machine.open('other')
    expect(refusal(() => file.export({ bar: 1 }))).toBe('EINVAL VFIO-9')
  })

  test('VFIO-14: a BAR smaller than a page can never be exported', () => {
    const machine = house()
    machine.bind('bare')
    const file = machine.open('bare')
    expect(refusal(() => file.export({ bar: 0, ranges: [range(0, PAGE)] }))).toBe('EINVAL VFIO-9b')
    expect(refusal(() => file.export({ bar: 0, ranges: [range(0, 256)] }))).toBe('EINVAL VFIO-8')
  })

  test('P2P-10: BARs that nothing can map are never owned, so they are not exported', () => {
    const { file } = opened({ exporter: { nonMappableBars: true } })
    expect(refusal(() => file.export())).toBe('ENODEV VFIO-7b')
  })

  test.each(['vfio:claim', 'vfio:iomap'])(
    'VFIO-15: a BAR whose %s failed at open gives ENODEV to an export, its own errno to a read',
    (point) => {
      const { file } = opened({ fault: (at) => (at.point === point ? at.usual : undefined) })
      expect(refusal(() => file.export())).toBe('ENODEV VFIO-7b')
      const own = point === 'vfio:claim' ? 'EBUSY' : 'ENOMEM'
      expect(refusal(() => file.control('pread', { region: 2 }))).toBe(`${own} VFIO-15`)
    },
  )

  test('VFIO-14: ranges are joined in the given order', () => {
    const { machine, file } = opened()
    const buffer = file.export({ ranges: [range(0x8000, PAGE), range(0, 2 * PAGE)] })
    expect([buffer.size, buffer.name, buffer.exporter]).toEqual([3 * PAGE, 'nvme.bar2#1', 'vfio_pci_core'])
    expect(file.export({ name: 'mine' }).name).toBe('mine')
    expect(machine.violations()).toEqual([])
  })

  test('VFIO-8: alignment is that of the page size', () => {
    const { file } = opened({ facts: { pageSize: 65536 } })
    expect(refusal(() => file.export({ ranges: [range(0, PAGE)] }))).toBe('EINVAL VFIO-8')
    expect(file.export({ ranges: [range(0, 65536)] }).size).toBe(65536)
  })

  test('VFIO-8 to VFIO-12: whatever u64 ranges say, the first failing row wins, and no buffer leaves its BAR', () => {
    const { machine, file } = opened()
    const bar = machine.device('nvme').fn.bars.find((each) => each.index === 2)
    const start = BigInt(bar?.start ?? 0)
    const u64 = fc.oneof(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.bigInt({ min: 0n, max: 2n ** 52n - 1n }).map((pages) => pages * BigInt(PAGE)),
      fc.nat(BAR / PAGE).map((pages) => BigInt(pages * PAGE)),
      fc.nat(64).map((pages) => (2n ** 64n - start - BigInt(pages * PAGE)) % 2n ** 64n),
      fc.constantFrom(0n, 2n ** 63n, 2n ** 63n - BigInt(PAGE), 2n ** 64n - BigInt(PAGE)),
    )
    const ranges = fc.array(fc.record({ offset: u64, length: u64 }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(ranges, (given) => {
        const expected = byTheBook(given, start)
        expect(refusal(() => file.control('feature', { ...whole, ranges: given }))).toBe(expected)
        if (expected !== 'ok') return
        const buffer = file.export({ ranges: given })
        expect(BigInt(buffer.size)).toBe(given.reduce((sum, { length }) => sum + length, 0n))
        machine.call(function* () {
          buffer.put()
        })
      }),
      { numRuns: 400 },
    )
    file.close()
    machine.atEnd()
    expect(machine.violations()).toEqual([])
  })
})

/** The rows, written down a second time: u64 arithmetic by masking, as the kernel's helpers do it. */
function byTheBook(ranges: readonly { offset: bigint; length: bigint }[], start: bigint): string {
  const page = BigInt(PAGE)
  let sum = 0n
  for (const { offset, length } of ranges) {
    if (length === 0n || offset % page !== 0n || length % page !== 0n) return 'EINVAL VFIO-8'
    const next = BigInt.asUintN(64, sum + length)
    if (next < sum) return 'EINVAL VFIO-8'
    sum = next
  }
  if (BigInt.asUintN(63, sum) !== sum) return 'EINVAL VFIO-8'
  for (const { offset, length } of ranges) {
    const first = BigInt.asUintN(64, start + offset)
    const end = BigInt.asUintN(64, first + length)
    if (first < start || end < first) return 'EOVERFLOW VFIO-9b'
    if (end > start + BigInt(BAR)) return 'EINVAL VFIO-9b'
  }
  return 'ok'
}
