/** The container by itself, on a mapping made by hand and an address space that remembers what it was told. */
import {
  advance,
  type Bdf,
  type Bus,
  CpuMapping,
  type Device,
  drive,
  type Facts,
  GroupOwners,
  type IommuDomain,
  type IommuDomains,
  KernelError,
  type Op,
  type PhysAddr,
  physAddr,
  SignalError,
  soloKernel,
  type Topology,
} from '@barter/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Container } from '../src/container.ts'
import { mapRequest } from '../src/options.ts'

const PAGE = 4096
const START = physAddr(0x8000_0000)
const nic = { name: 'nic', bdf: 'nic' as Bdf } as Device
const camera = { name: 'camera', bdf: 'camera' as Bdf } as Device

/** A table of pages, as hardware would see them, and who is attached. */
class Table implements IommuDomains, IommuDomain {
  readonly name = 'table'
  readonly granule = PAGE
  readonly aperture = 2 ** 48
  reserved() {
    return []
  }
  readonly pages = new Map<number, PhysAddr>()
  readonly attached = new Set<string>()
  create(): IommuDomain {
    return this
  }
  *attach(device: Device): Op<void> {
    this.attached.add(device.name)
  }
  *detach(device: Device): Op<void> {
    this.attached.delete(device.name)
  }
  *map(...[at, range]: Parameters<IommuDomain['map']>): Op<void> {
    for (let into = 0; into < range.length; into += PAGE) this.pages.set(at + into, advance(range.start, into))
  }
  *unmap(...[at, length]: Parameters<IommuDomain['unmap']>): Op<number> {
    for (let into = 0; into < length; into += PAGE) this.pages.delete(at + into)
    return length
  }
}

interface Maker {
  readonly pages?: number
  /** Bytes that one entry of the CPU's tables covers. */
  readonly run?: number
  readonly start?: PhysAddr
  readonly ram?: number
  /** The fault at this offset is refused. */
  readonly dark?: number
}

function house({ pages = 16, run = PAGE, start = START, ram = 0x4000_0000, dark = -1 }: Maker = {}) {
  const kernel = soloKernel()
  const services = { kernel, bus: {} as Bus, trace: { on: false, emit: () => undefined } }
  const mapping = new CpuMapping(services, {
    name: 'bar',
    device: { name: 'disk' } as Device,
    length: pages * PAGE,
    writable: true,
    pageSize: PAGE,
    ops: {
      *fault(into, offset) {
        const first = offset - (offset % run)
        if (dark >= first && dark < first + run) throw new SignalError('SIGBUS', 'MM-6', 'memory is disabled')
        into.install({ offset: first, length: run, at: advance(start, first) })
      },
      *unmapped() {
        // It holds nothing.
      },
    },
  })
  const table = new Table()
  const topology = { memory: [{ start: physAddr(0), length: ram }] } as unknown as Topology
  // Each device by itself.
  const owners = new GroupOwners(kernel, topology, {
    iommu: { mode: 'none' },
    switches: new Set<string>(),
  } as unknown as Facts)
  return { mapping, table, container: new Container({ kernel, topology, domains: table, owners }, 'c') }
}

const refusal = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    if (error instanceof KernelError) return `${error.errno} ${error.rule}`
    throw error
  }
  return 'ok'
}

describe('T1-1: from page tables into the IOMMU', () => {
  test('T1-1: each page leads where the CPU would go, whatever the entries of its tables cover', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 2, 4, 16),
        fc.integer({ min: 0, max: 15 }),
        fc.integer({ min: 1, max: 16 }),
        (run, first, count) => {
          const { mapping, table, container } = house({ run: run * PAGE })
          const length = Math.min(count, 16 - first) * PAGE
          const request = mapRequest({ iova: 0x10_0000, offset: first * PAGE, length }, mapping.length)
          const entry = drive(container.map(nic, mapping, request))
          const expected = Array.from({ length: length / PAGE }, (_, i) => [
            0x10_0000 + i * PAGE,
            START + (first + i) * PAGE,
          ])
          expect([...table.pages]).toEqual(expected)
          drive(container.unmap(entry))
          expect(table.pages.size).toBe(0)
        },
      ),
    )
  })

  test('T1-2: a zap, an munmap: the entry stays', () => {
    const { mapping, table, container } = house()
    drive(container.map(nic, mapping, mapRequest({ iova: 0 }, mapping.length)))
    drive(mapping.zap())
    drive(mapping.unmap())
    expect(mapping.runs).toEqual([])
    expect(table.pages.size).toBe(16)
  })

  test('T1-3: what faults half-way leaves nothing', () => {
    const { mapping, table, container } = house({ dark: 5 * PAGE })
    const all = mapRequest({ iova: 0 }, mapping.length)
    expect(refusal(() => drive(container.map(nic, mapping, all)))).toBe('EFAULT MM-8')
    expect([table.pages.size, table.attached.size]).toEqual([0, 0])
    const some = mapRequest({ iova: 0, length: 5 * PAGE }, mapping.length)
    expect(refusal(() => drive(container.map(nic, mapping, some)))).toBe('ok')
  })

  test('T1-1: a frame of RAM ought to have had a page', () => {
    const { mapping, container } = house({ start: physAddr(0x1000_0000) })
    const request = mapRequest({ iova: 0 }, mapping.length)
    expect(refusal(() => drive(container.map(nic, mapping, request)))).toBe('EFAULT MM-3')
  })
})

describe('T1-5: the end of an entry', () => {
  test('T1-5: the last UNMAP gives every device back', () => {
    const { mapping, table, container } = house()
    const at = (iova: number) => mapRequest({ iova }, mapping.length)
    const first = drive(container.map(nic, mapping, at(0)))
    const second = drive(container.map(camera, mapping, at(0x10_0000)))
    expect([...table.attached]).toEqual(['nic', 'camera'])
    drive(container.unmap(first))
    expect(table.attached.size).toBe(2)
    drive(container.unmap(second))
    expect(table.attached.size).toBe(0)
  })

  test('T1-1: addresses that touch are free, those that overlap are not, and after UNMAP they are', () => {
    const { mapping, container } = house()
    const enter = (iova: number) =>
      refusal(() => drive(container.map(nic, mapping, mapRequest({ iova }, mapping.length))))
    const first = drive(container.map(nic, mapping, mapRequest({ iova: 0x10_0000 }, mapping.length)))
    expect([enter(0x10_0000 - PAGE), enter(0x10_0000 + 15 * PAGE)]).toEqual(['EEXIST T1-1', 'EEXIST T1-1'])
    expect(enter(0x10_0000 + 16 * PAGE)).toBe('ok')
    drive(container.unmap(first))
    expect(enter(0x10_0000)).toBe('ok')
  })
})
