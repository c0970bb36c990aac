/** Pages of a buffer and the table of an address space by themselves, with a buffer made by hand and a domain that remembers. */
import {
  type Device,
  DmaBuf,
  drive,
  type IommuDomain,
  miscDevice,
  NO_WITNESS,
  type Op,
  physAddr,
  soloKernel,
} from '@barter/core'
import { describe, expect, test } from 'vitest'
import type { TableDomain } from '../src/area.ts'
import { DmabufPages } from '../src/dmabuf-pages.ts'
import { PAGES_RELEASE, PAGES_REVOKE } from '../src/revoke.ts'
import { IoPagetable } from '../src/io-pagetable.ts'
import { READ_WRITE } from '../src/rights.ts'
import type { IommufdServices } from '../src/services.ts'

const SIZE = 0x4000
const START = physAddr(0x8000_0000)

/** A domain as hardware would see it. */
class Table implements IommuDomain {
  readonly name = 'table'
  readonly entries = new Map<number, number>()

  get size(): number {
    return this.entries.size
  }

  *map(...[at, range]: Parameters<IommuDomain['map']>): Op<void> {
    this.entries.set(at, range.start)
  }
  *unmap(...[at, length]: Parameters<IommuDomain['unmap']>): Op<number> {
    return this.entries.delete(at) ? length : 0
  }
}

function house() {
  const kernel = soloKernel()
  const trace = { on: false, emit: () => undefined }
  const calls: string[] = []
  const broken: string[] = []
  const buffer = new DmaBuf(
    { kernel, trace },
    {
      name: 'buf',
      exporter: 'test',
      size: SIZE,
      ops: {
        map: () => {
          throw new Error('iommufd never maps')
        },
        *unmap() {
          throw new Error('so it has nothing to unmap')
        },
        *pin() {
          calls.push('pin')
        },
        *unpin() {
          calls.push('unpin')
        },
        *physRanges() {
          calls.push('physRanges')
          return [{ start: START, length: SIZE }]
        },
        *release() {
          calls.push('release')
        },
      },
    },
  )
  const services = {
    kernel,
    trace,
    witness: { ...NO_WITNESS, broken: (...words: string[]) => broken.push(words.join(' ')) },
    devices: { all: [] },
    self: miscDevice('iommu', kernel),
    pageSize: 4096n,
    pins: true,
    noIommu: false,
    inside: <T>(work: Op<T>) => work,
    revoke: PAGES_REVOKE,
    release: PAGES_RELEASE,
  } as unknown as IommufdServices
  const table = new IoPagetable(services, 'space')
  const hardware = new Table()
  const device = { name: 'nic' } as Device
  const domain: TableDomain = { name: 'd', iommu: hardware, granule: 4096n, aperture: 2n ** 48n, device }
  const pages = () => drive(DmabufPages.import(services, { buffer, base: 0n, writable: true, space: 'space' }))
  const revoke = () => {
    drive(
      (function* () {
        yield* buffer.resv.lock.lock()
        yield* buffer.invalidate()
        buffer.resv.lock.unlock()
      })(),
    )
  }
  const map = (one: DmabufPages, at: bigint) =>
    drive(table.map([{ pages: one, startByte: 0n, length: BigInt(SIZE) }], at, READ_WRITE))
  return { buffer, table, hardware, domain, pages, revoke, map, calls, broken }
}

describe('pages of a buffer', () => {
  test('IFD-3, IFD-5: attached and pinned when they are made, once; all is given back with the last area', () => {
    const { buffer, table, pages, map, calls } = house()
    const one = pages()
    map(one, 0n)
    map(one.get(), 0x10000n)
    expect([calls, buffer.attachments.length]).toEqual([['pin', 'physRanges'], 1])
    drive(table.unmap({ first: 0n, last: 0xffffn }))
    expect(buffer.attachments.length).toBe(1)
    drive(table.unmap({ first: 0x10000n, last: 0x1ffffn }))
    expect([calls, buffer.attachments.length]).toEqual([['pin', 'physRanges', 'unpin'], 0])
  })

  test('IFD-10: a revoke between the import and the filling of domains: the call succeeds, and nothing is there', () => {
    const { table, hardware, domain, pages, revoke, map } = house()
    drive(table.addDomain(domain))
    const one = pages()
    revoke()
    expect(map(one, 0n)).toBe(0n)
    expect([one.revoked, hardware.size]).toEqual([true, 0])
    expect(drive(table.unmap({ first: 0n, last: 0xffffn }))).toBe(BigInt(SIZE))
  })

  test('IFD-7: a domain that comes has all areas, one that goes has none, and others keep theirs', () => {
    const { table, hardware, domain, pages, map } = house()
    const later = { ...domain, iommu: new Table() }
    map(pages(), 0n)
    drive(table.addDomain(domain))
    drive(table.addDomain(later))
    expect([[...hardware.entries], [...later.iommu.entries]]).toEqual([[[0, START]], [[0, START]]])
    drive(table.removeDomain(domain))
    expect([hardware.size, later.iommu.size]).toEqual([0, 1])
  })

  test('INV-24: who goes on tracking a domain after the last area is gone is told; who takes it out is not', () => {
    const area = { iova: 0n, length: BigInt(SIZE), startByte: 0n, rights: READ_WRITE, pages: undefined }
    const forgetful = house()
    const kept = forgetful.pages()
    drive(kept.fill(area, forgetful.domain))
    drive(kept.put())
    expect(forgetful.broken).toEqual(['INV-24 IFD-7 the last area of buf is gone, and d is still tracked'])
    const { pages, domain, broken } = house()
    const one = pages()
    drive(one.fill(area, domain))
    drive(one.unfill(area, domain))
    drive(one.put())
    expect(broken).toEqual([])
  })

  test('INV-24: a pair that is lost, kept, or there twice is told at the end of the operation', () => {
    const nothing = function* () {}
    const lost = house()
    lost.map(Object.assign(lost.pages(), { fill: nothing }), 0n)
    drive(lost.table.addDomain(lost.domain))
    expect(lost.broken).toEqual(['INV-24 IFD-7 the area at 0x0 is not tracked for d, which has it'])

    const kept = house()
    kept.map(Object.assign(kept.pages(), { unfill: nothing }), 0n)
    drive(kept.table.addDomain(kept.domain))
    drive(kept.table.removeDomain(kept.domain))
    expect(kept.broken).toEqual(['INV-24 IFD-7 the area at 0x0 is still tracked for d, which does not have it'])

    const twice = house()
    const pages = twice.pages()
    const software = { ...twice.domain, iommu: undefined }
    const fill = pages.fill.bind(pages)
    pages.fill = function* (area, domain) {
      yield* fill(area, domain)
      yield* fill(area, domain)
    }
    twice.map(pages, 0n)
    drive(twice.table.addDomain(software))
    expect(twice.broken).toEqual(['INV-24 IFD-7 the area at 0x0 is tracked twice for d'])
  })

  test('INV-24: a pair whose translations are gone is no live one', () => {
    const { table, hardware, domain, pages, map, broken } = house()
    map(pages(), 0n)
    drive(table.addDomain(domain))
    hardware.entries.clear()
    drive(table.removeDomain(domain))
    expect(broken).toEqual([`INV-24 IFD-7 of 0x4000 bytes of buf, tracked for d, it had 0x0`])
  })

  test('IFD-8, IFD-9: a revoke empties every domain, a second one finds nothing to do, and who comes later gets nothing', () => {
    const { table, hardware, domain, pages, revoke, map } = house()
    drive(table.addDomain(domain))
    map(pages(), 0n)
    revoke()
    revoke()
    const later = { ...domain, iommu: new Table() }
    drive(table.addDomain(later))
    expect([hardware.size, later.iommu.size, table.areas.length]).toEqual([0, 0, 1])
  })

  test('a domain that cannot have what is there does not come at all', () => {
    const { table, domain, pages, map } = house()
    const first = pages()
    map(first, 0x1800n)
    expect(() => drive(table.addDomain(domain))).toThrow(expect.objectContaining({ errno: 'EADDRINUSE' }))
    expect([table.domains.size, table.alignment]).toEqual([0, 1n])
    const far = 2n ** 48n
    drive(table.unmap({ first: 0n, last: 0xffffn }))
    map(pages(), far)
    expect(() => drive(table.addDomain(domain))).toThrow(expect.objectContaining({ errno: 'EADDRINUSE' }))
    expect(table.ranges).toEqual([{ first: 0n, last: 2n ** 64n - 1n }])
  })
})
