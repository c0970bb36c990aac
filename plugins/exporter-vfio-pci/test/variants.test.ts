import { GiB, hex, KiB, type MmapRequest, MiB, SignalError, sleep } from '@barter/core'
import { describe, expect, test } from 'vitest'
import { type NvgraceMemory, nvgraceGpu, VARIANT_DRIVERS, vfioVariant } from '../src/index.ts'
import { house, type HouseOptions, range, refusal } from './house.ts'
import { attached } from './probe.ts'

const HBM = 0x20_0000_0000
const TEXT = new TextEncoder().encode('coherent')

/** A GPU whose 3 GiB of memory lie outside its BARs. */
function gpu(told: Partial<NvgraceMemory> = {}, options: HouseOptions = {}) {
  const plugin: NonNullable<HouseOptions['variant']>['plugin'] = (at, rest) =>
    nvgraceGpu({ ...rest, memory: [{ at, start: HBM, length: 3 * GiB, ...told }] })
  return house({
    memory: [
      { start: 0, length: 2 * GiB },
      { start: HBM, length: 4 * GiB },
    ],
    variant: { driver: 'nvgrace-gpu-vfio-pci', plugin },
    ...options,
  })
}

describe('nvgrace-gpu', () => {
  test('VFIO-60: region 4 is memory outside the BARs, as long as it really is', () => {
    const machine = gpu()
    const file = machine.open()
    expect(file.control('regionInfo', { region: 4 })).toEqual({
      size: 4 * GiB,
      flags: ['read', 'write', 'mmap', 'caps'],
    })
    expect(refusal(() => file.export({ bar: 4, ranges: [range(0, 3 * GiB)] }))).toBe('ok')
    expect(refusal(() => file.export({ bar: 4, ranges: [range(0, 3 * GiB + 4 * KiB)] }))).toBe('EINVAL VFIO-9b')
    // Region 2 is the BAR that it is with vfio-pci.
    expect(file.control('regionInfo', { region: 2 })).toMatchObject({ size: 64 * MiB })
    expect(refusal(() => file.export({ bar: 2, ranges: [range(0, 64 * MiB)] }))).toBe('ok')
  })

  test('VFIO-60: with the bug of its hardware the tail is a region of its own, of 1 GiB at least', () => {
    const file = gpu({ migBug: true, length: 3 * GiB + 256 * MiB }).open()
    const whole = (region: number, length: number) =>
      refusal(() => file.export({ bar: region, ranges: [range(0, length)] }))
    expect([whole(4, 2 * GiB), whole(4, 2 * GiB + 4 * KiB)]).toEqual(['ok', 'EINVAL VFIO-9b'])
    expect([whole(2, GiB + 256 * MiB), whole(2, GiB + 260 * MiB)]).toEqual(['ok', 'EINVAL VFIO-9b'])
    expect(file.control('regionInfo', { region: 2 })).toMatchObject({ size: 2 * GiB })
  })

  test('VFIO-60: importers reach that memory, and are told when it goes', () => {
    const machine = gpu()
    const file = machine.open()
    const buffer = file.export({ bar: 4, ranges: [range(MiB, MiB)] })
    const probe = attached(machine, 'far', buffer)
    const table = probe.map()
    expect(table.entries.map(({ address }) => hex(address))).toEqual([hex(HBM + MiB)])
    machine.call(() => probe.writeOp(table))
    expect(machine.violations()).toEqual([])
    file.control('reset')
    expect(probe.events).toEqual(['mapped', 'invalidate-mapped', 'unmapped', 'invalidate-unmapped'])
    // Whoever goes on with the old addresses is found all the same.
    machine.call(() => probe.writeOp(table))
    expect(machine.violations().map(({ invariant }) => invariant)).toEqual(['INV-1'])
  })

  test.each([
    ['meant', [], 'ok'],
    ['is (BUG-42)', ['BUG-42'], 'ENODEV VFIO-7b'],
  ])('VFIO-61: as it %s, memory without a BAR of its index', (_name, switches, wanted) => {
    expect(
      refusal(() =>
        gpu({}, { facts: { switches } })
          .open()
          .export({ bar: 4, ranges: [range(0, MiB)] }),
      ),
    ).toBe(wanted)
  })

  test('VFIO-60: the CPU maps, reads and writes it; behind its end there is nothing', () => {
    const machine = gpu()
    const file = machine.open()
    const map = (request: Partial<MmapRequest>) =>
      machine.call(() => file.file.mmap?.({ region: 4, offset: 0, length: 4 * MiB, ...request }) ?? expect.fail())
    expect(refusal(() => map({ length: 4 * GiB }))).toBe('EINVAL MM-1')
    const mapping = map({})
    machine.call(() => mapping.access('write', 0, TEXT.length, TEXT))
    expect(mapping.runs).toEqual([{ offset: 0, length: 2 * MiB, at: HBM }])
    expect(file.control('pread', { region: 4, length: 8 })).toEqual({ data: '0x636f686572656e74' })
    expect(file.control('pread', { region: 4, offset: 3 * GiB, length: 4 })).toEqual({ data: '0xffffffff' })
    file.command(0x101)
    expect(refusal(() => file.control('pread', { region: 4 }))).toBe('EIO MM-7')
  })

  test('VFIO-62: after a reset the first touch waits until the GPU is ready; buffers do not', () => {
    const machine = gpu({ readyAfter: 3_500_000 })
    const file = machine.open()
    const mapping = machine.call(() => file.file.mmap?.({ region: 4, offset: 0, length: MiB }) ?? expect.fail())
    const buffer = file.export({ bar: 4, ranges: [range(0, MiB)] })
    machine.call(() => mapping.access('read', 0, 4))
    file.control('reset')
    const before = machine.now()
    const seconds = () => Math.floor((machine.now() - before) / 1_000_000)
    attached(machine, 'far', buffer).map()
    expect(seconds()).toBe(0)
    machine.call(() => mapping.access('read', 0, 4))
    expect(seconds()).toBe(4)
    file.control('pread', { region: 4 })
    expect(seconds()).toBe(4)
  })

  test('VFIO-62: a GPU that does not get ready in 30 s is an error to reads and SIGBUS to the CPU', () => {
    const machine = gpu({ readyAfter: 120_000_000 })
    const file = machine.open()
    const mapping = machine.call(() => file.file.mmap?.({ region: 4, offset: 0, length: MiB }) ?? expect.fail())
    expect(refusal(() => file.control('pread', { region: 4 }))).toBe('ETIME VFIO-62')
    expect(() => machine.call(() => mapping.access('read', 0, 4))).toThrow(SignalError)
  })

  test('VFIO-62: a CXL device may take minutes, in which a reset need not wait for those who wait', () => {
    const machine = gpu({ readyAfter: 120_000_000, readyBy: 'cxl' })
    const file = machine.open()
    const before = machine.now()
    expect(refusal(() => file.control('pread', { region: 4 }))).toBe('ok')
    expect(Math.floor((machine.now() - before) / 1_000_000)).toBe(120)
    const slow = gpu({ readyAfter: 300_000_000, readyBy: 'cxl' })
    const late = slow.open()
    const began = slow.now()
    expect(refusal(() => late.control('pread', { region: 4 }))).toBe('ETIME VFIO-62')
    expect(Math.floor((slow.now() - began) / 1_000_000)).toBe(257)
  })

  test('VFIO-62: nobody holds memory_lock while a CXL device gets ready', () => {
    const seconds = (readyBy: 'bar' | 'cxl') => {
      const machine = gpu({ readyAfter: 5_000_000, readyBy })
      const { file } = machine.open()
      const began = machine.now()
      let written = 0
      machine.start('reader', () => file.control('pread', { region: 4 }))
      machine.start('writer', function* () {
        yield* sleep(1_500_000)
        yield* file.control('configWrite', { register: 'command', value: 0x106 })
        written = machine.now() - began
      })
      machine.settle()
      return Math.floor(written / 1_000_000)
    }
    expect([seconds('bar'), seconds('cxl')]).toEqual([5, 1])
  })

  test('VFIO-62: a GPU that ACPI knows nothing of is driven as by vfio-pci', () => {
    const plugin = () => nvgraceGpu({ memory: [] })
    const file = house({ variant: { driver: 'nvgrace-gpu-vfio-pci', plugin } }).open()
    expect(refusal(() => file.export({ bar: 4 }))).toBe('ENODEV VFIO-7b')
    expect(refusal(() => file.export({ bar: 2 }))).toBe('ok')
  })
})

test.each(VARIANT_DRIVERS)('VFIO-5: %s lends nothing, and says so before anything about the request', (driver) => {
  const machine = house({ variant: { driver, plugin: (_at, options) => vfioVariant(driver, options) } })
  const file = machine.open()
  const asked = (flags: readonly string[]) => refusal(() => file.control('feature', { feature: 'dmaBuf', flags }))
  expect([asked(['get']), asked(['set']), asked(['probe']), asked(['get', 'probe'])]).toEqual(
    Array.from({ length: 4 }, () => 'EOPNOTSUPP VFIO-5'),
  )
  // Headers are looked at by the core of VFIO before; the rest works as with vfio-pci.
  expect(refusal(() => file.control('feature', { feature: 'dmaBuf', flags: ['get', 'set'] }))).toBe('EINVAL VFIO-3')
  expect(refusal(() => file.control('reset'))).toBe('ok')
})
