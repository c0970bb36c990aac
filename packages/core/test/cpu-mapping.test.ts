import { describe, expect, test } from 'vitest'
import {
  type Access,
  CpuMapping,
  type CpuMappingServices,
  type Device,
  drive,
  GuestMemory,
  KernelError,
  type MmuNotifier,
  type Op,
  physAddr,
  point,
  SignalError,
  soloKernel,
} from '../src/index.ts'

const PAGE = 0x1000
const START = 0xf000_0000

/** A mapping of four pages whose driver lets faults in until told otherwise; what the CPU sent is kept. */
function mapped(options: { readonly writable?: boolean } = {}) {
  const sent: (readonly [Access, number, number, string])[] = []
  const faults: number[] = []
  const driver = { open: true, unmapped: 0 }
  const services = {
    kernel: soloKernel(),
    bus: {
      *cpu(access: Access, at: number, length: number, data: Uint8Array = new Uint8Array(0)) {
        yield* point('cpu')
        sent.push([access, at, length, String.fromCharCode(...data.subarray(0, length))])
        return { arrived: true, ...(access === 'read' ? { data: new Uint8Array(length).fill(sent.length) } : {}) }
      },
    },
    trace: { on: false, emit: () => undefined },
  } as unknown as CpuMappingServices
  const mapping = new CpuMapping(services, {
    name: 'bar',
    device: { name: 'disk', bdf: '0000:01:00.0' } as unknown as Device,
    length: 4 * PAGE,
    writable: options.writable ?? true,
    pageSize: PAGE,
    ops: {
      *fault(of, offset): Op<void> {
        faults.push(offset)
        if (!driver.open) throw new SignalError('SIGBUS', 'MM-6', 'closed')
        const first = offset - (offset % PAGE)
        of.install({ offset: first, length: PAGE, at: physAddr(START + first) })
      },
      *unmapped(): Op<void> {
        driver.unmapped++
      },
    },
  })
  return { mapping, services, sent, faults, driver }
}

const text = (written: string): Uint8Array => Uint8Array.from(written, (char) => char.charCodeAt(0))

describe('a CPU mapping', () => {
  test('MM-6: it faults once for each page, and cuts accesses there; data goes on in step', () => {
    const { mapping, sent, faults } = mapped()
    drive(mapping.access('write', PAGE - 2, 7, text('abc')))
    expect(sent).toEqual([
      ['write', START + PAGE - 2, 2, 'ab'],
      ['write', START + PAGE, 5, 'cab'],
    ])
    expect(drive(mapping.access('read', PAGE - 1, 2)).data).toEqual(Uint8Array.of(3, 4))
    expect(faults).toEqual([PAGE - 2, PAGE])
  })

  test('MM-9: after a zap it faults again, and whoever subscribed was told before', () => {
    const { mapping, faults, driver } = mapped()
    drive(mapping.access('read', 0, 4))
    const told: string[] = []
    const notifier: MmuNotifier = {
      name: 'somebody',
      *begin() {
        told.push(`begin with ${mapping.runs.length}`)
      },
      end: () => told.push(`end with ${mapping.runs.length}`),
    }
    mapping.subscribe(notifier)
    drive(mapping.zap())
    mapping.unsubscribe(notifier)
    drive(mapping.zap())
    expect(told).toEqual(['begin with 1', 'end with 0'])
    driver.open = false
    expect(() => drive(mapping.access('read', 0, 4))).toThrow(SignalError)
    expect(faults).toEqual([0, 0])
  })

  test('MM-9: a zap waits for the instruction that is under way', () => {
    const { mapping, sent } = mapped()
    drive(mapping.access('read', 0, 4))
    const access = mapping.access('read', 0, 4)
    expect(access.next().value).toMatchObject({ kind: 'point', label: 'cpu' })
    const zap = mapping.zap()
    expect([zap.next().value, zap.next().value]).toMatchObject([{ kind: 'point' }, { kind: 'wait' }])
    access.next()
    expect([sent.length, zap.next().done]).toEqual([2, true])
  })

  test('MM-3, MM-8, T1-1: no pin; the address is looked up, or EFAULT', () => {
    const { mapping, driver } = mapped()
    const failure = (op: Op<unknown>): unknown => {
      try {
        return drive(op)
      } catch (error) {
        return error instanceof KernelError ? `${error.errno} ${error.rule}` : error
      }
    }
    expect(failure(mapping.pin())).toBe('EFAULT MM-3')
    expect(failure(mapping.followPfn(PAGE + 8))).toEqual({ start: START + PAGE + 8, length: PAGE - 8, writable: true })
    expect(failure(mapping.followPfn(4 * PAGE))).toBe('EFAULT T1-1')
    driver.open = false
    expect(failure(mapping.followPfn(0))).toBe('EFAULT MM-8')
  })

  test('MM-1: outside of it, or a store into a read-only one, is SIGSEGV', () => {
    const { mapping } = mapped({ writable: false })
    expect(() => drive(mapping.access('read', 4 * PAGE - 2, 4))).toThrow(/not in bar/)
    expect(() => drive(mapping.access('write', 0, 4))).toThrow(/read-only/)
  })

  test('MM-10: unmapping takes everything away and tells the driver', () => {
    const { mapping, driver } = mapped()
    drive(mapping.access('read', 0, 4))
    drive(mapping.unmap())
    expect([mapping.runs, driver.unmapped]).toEqual([[], 1])
  })

  test('MM-4: guest memory drops its copies when they go, and gets no new ones while the host gets none', () => {
    const { mapping, services, driver, faults } = mapped()
    const guest = new GuestMemory(services, mapping)
    drive(guest.access('read', 0, 4))
    drive(guest.access('read', 4, 4))
    expect(faults).toEqual([0])
    drive(mapping.zap())
    drive(guest.access('read', 0, 4))
    expect(faults).toEqual([0, 0])
    drive(mapping.zap())
    driver.open = false
    expect(() => drive(guest.access('read', 0, 4))).toThrow(KernelError)
    guest.close()
  })
})
