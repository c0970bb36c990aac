import {
  type Bdf,
  type Bus,
  busAddr,
  createHooks,
  type Device,
  DmaBuf,
  type DmaRequest,
  type DmaResult,
  type Import,
  KernelError,
  type Op,
  physAddr,
  type SgTable,
  sleep,
  type StepValue,
} from '@barter/core'
import { RunTrace, Scheduler, seededStrategy, SimKernel } from '@barter/sim'
import { describe, expect, test } from 'vitest'
import { Engines } from '../src/engine.ts'
import { importWith } from '../src/probe-import.ts'
import { readProbeOptions } from '../src/options.ts'

const MS = 1000
const nic = {
  name: 'nic',
  bdf: '0000:01:00.0' as Bdf,
  dmaMaskBits: 64,
  config: { read: () => 0x7, write: () => undefined },
} as unknown as Device

/** A page of memory in which bus address 0 is the first byte. */
const memory = new Uint8Array(4096)
const bus = {
  *dma({ access, at, length, data }: DmaRequest): Op<Partial<DmaResult>> {
    if (access === 'read') return { arrived: true, data: memory.slice(at, at + length) }
    for (let i = 0; i < length; i++) memory[at + i] = data?.[i % data.length] ?? 0
    return { arrived: true }
  },
} as unknown as Bus

/** A buffer that can be revoked, and a probe on it; `story` is one thread. */
function play(options: Record<string, StepValue>, story: (stage: Stage) => Op<void>): void {
  const trace = new RunTrace({ hooks: createHooks(), quiet: false })
  const scheduler = new Scheduler({
    strategy: seededStrategy(1),
    trace,
    report: (violation) => expect.fail(`${violation.invariant}: ${violation.message}`),
  })
  const kernel = new SimKernel(scheduler)
  let revoked = false
  let mappings = 0
  const buffer = new DmaBuf(
    { kernel, trace },
    {
      name: 'buf',
      exporter: 'test',
      size: 4096,
      ops: {
        *map(): Op<SgTable> {
          if (revoked) throw new KernelError('ENODEV', 'VFIO-26', 'revoked')
          const entries = [{ address: busAddr(0), length: 4096 }]
          return { entries, origNents: 0, mapType: 'bus-addr', addressKind: 'bus', mapping: mappings++ }
        },
        *unmap() {},
        *release() {},
      },
    },
  )
  const revoke = function* (): Op<void> {
    yield* buffer.resv.lock.lock()
    revoked = true
    yield* buffer.invalidate()
    yield* buffer.resv.wait('bookkeep')
    buffer.resv.lock.unlock()
  }
  scheduler.spawn('story', 'user', function* () {
    let events = 0
    const services = {
      kernel,
      bus,
      devices: { get: () => nic, all: [nic] },
      iommu: { translate: () => ({ kind: 'pass' as const, address: physAddr(0), length: 1 }) },
      engines: new Engines(bus),
      clock: { now: () => kernel.now(), next: () => events++ },
    }
    const probe = yield* importWith(services, nic, buffer, readProbeOptions(options))
    yield* story({ probe, revoke, restore: () => (revoked = false), now: () => scheduler.now, buffer })
    yield* probe.close()
    buffer.put()
  })
  expect(scheduler.run()).toBe('idle')
}

interface Stage {
  readonly probe: Import
  readonly buffer: DmaBuf
  revoke(): Op<void>
  restore(): void
  now(): number
}

function* tell(probe: Import, word: string, args: Record<string, StepValue> = {}): Op<StepValue> {
  if (probe.control === undefined) throw new Error('the probe has words of its own')
  return yield* probe.control(word, args)
}

function* events(probe: Import): Op<StepValue> {
  const status = (yield* tell(probe, 'status')) as { events: StepValue }
  return status.events
}

describe('the probe', () => {
  test('IMP-3: inline, it unmaps inside the callback; a second invalidation finds nothing mapped (REV-6)', () => {
    play({ invalidate: 'inline' }, function* ({ probe, revoke }) {
      yield* tell(probe, 'map')
      yield* revoke()
      yield* revoke()
      expect(yield* tell(probe, 'status')).toMatchObject({
        invalidations: 2,
        invalidationsWhileMapped: 1,
        mapped: false,
        events: ['mapped', 'invalidate-mapped', 'unmapped', 'invalidate-unmapped'],
      })
    })
  })

  test('IMP-3: by a worker, it unmaps that much later, also when it was told with nothing mapped', () => {
    play({ invalidate: 'worker:30' }, function* ({ probe, revoke, restore, now }) {
      yield* tell(probe, 'map')
      const told = now()
      yield* revoke()
      expect(yield* events(probe)).toEqual(['mapped', 'invalidate-mapped'])
      yield* sleep(40 * MS)
      expect(now() - told).toBeGreaterThan(30 * MS)
      expect(yield* events(probe)).toEqual(['mapped', 'invalidate-mapped', 'worker-unmap', 'unmapped'])
      restore()
      yield* revoke()
      yield* sleep(40 * MS)
      expect(yield* events(probe)).toHaveLength(6)
    })
  })

  test('DMB-17: with a fence, the revoke waits for the work that the map began', () => {
    play({ invalidate: 'fence:50' }, function* ({ probe, revoke, now }) {
      yield* tell(probe, 'map')
      const mapped = now()
      yield* revoke()
      expect(now() - mapped).toBeGreaterThanOrEqual(50 * MS)
      expect(yield* events(probe)).toEqual(['mapped', 'invalidate-mapped', 'unmapped', 'fence-signalled'])
    })
  })

  test('INV-9: by hand, it keeps its mapping until told', () => {
    play({ invalidate: 'manual' }, function* ({ probe, revoke }) {
      yield* tell(probe, 'map')
      yield* revoke()
      yield* sleep(1000 * MS)
      expect(yield* events(probe)).toEqual(['mapped', 'invalidate-mapped'])
      yield* tell(probe, 'unmap')
      expect(yield* events(probe)).toEqual(['mapped', 'invalidate-mapped', 'unmapped'])
    })
  })

  test('REV-3: a remap inside the callback fails while revoked, and is tried also when nothing was mapped', () => {
    play({ invalidate: 'inline', remap: true }, function* ({ probe, revoke }) {
      yield* tell(probe, 'map')
      yield* revoke()
      yield* revoke()
      const status = yield* tell(probe, 'status')
      expect(status).toMatchObject({
        lastRemap: 'ENODEV',
        events: [
          'mapped',
          'invalidate-mapped',
          'unmapped',
          'inline-remap-failed',
          'invalidate-unmapped',
          'inline-remap-failed',
        ],
      })
    })
  })

  test('DMB-8: the options decide what the exporter sees of the attachment', () => {
    const seen = (options: Record<string, StepValue>) => {
      let facts: unknown
      play(options, function* ({ buffer }) {
        const [attachment] = buffer.attachments
        facts = [attachment?.dynamic, attachment?.peer2peer, attachment?.revocable]
      })
      return facts
    }
    expect(seen({})).toEqual([true, true, true])
    expect(seen({ peer2peer: false })).toEqual([true, false, true])
    expect(seen({ invalidate: 'none' })).toEqual([true, true, false])
    expect(seen({ static: true })).toEqual([false, false, false])
  })

  test('a second map is EEXIST and an unmap without one ENOENT: the probe keeps one mapping', () => {
    play({}, function* ({ probe }) {
      yield* refused(tell(probe, 'unmap'), 'ENOENT')
      yield* tell(probe, 'map')
      yield* refused(tell(probe, 'map'), 'EEXIST')
      expect(yield* events(probe)).toEqual(['mapped'])
    })
  })

  test('a failed map is told, and closing in the middle of a worker leaves nothing behind', () => {
    play({ invalidate: 'worker:10' }, function* ({ probe, revoke, buffer }) {
      yield* tell(probe, 'map')
      yield* revoke()
      yield* tell(probe, 'unmap')
      yield* refused(tell(probe, 'map'), 'ENODEV')
      expect(yield* events(probe)).toEqual(['mapped', 'invalidate-mapped', 'unmapped', 'map-failed'])
      expect(buffer.references).toBe(2)
    })
  })

  test('INV-1: an engine goes on using addresses of a mapping that is gone; a copy moves what it read', () => {
    play({}, function* ({ probe }) {
      memory.set([1, 2, 3, 4])
      yield* tell(probe, 'map', { key: 'm' })
      yield* tell(probe, 'unmap')
      const copied = yield* tell(probe, 'dmaCopy', { mapping: 'm', from: 0, to: 0x100, length: 4 })
      expect(copied).toEqual({ addressKind: 'bus', arrived: true })
      expect([...memory.slice(0x100, 0x104)]).toEqual([1, 2, 3, 4])
      yield* tell(probe, 'dmaWrite', { mapping: 'm', offset: 0x200, length: 6 })
      expect([...memory.slice(0x200, 0x206)]).toEqual([1, 2, 3, 4, 1, 2])
      yield* refused(tell(probe, 'dmaRead', { mapping: 'other', length: 4 }), 'ENOENT')
    })
  })

  test('events carry their time and their order among all attachments', () => {
    play({ invalidate: 'worker:10' }, function* ({ probe, revoke }) {
      yield* tell(probe, 'map')
      yield* revoke()
      yield* sleep(20 * MS)
      const { history } = (yield* tell(probe, 'status')) as { history: readonly { tick: number; order: number }[] }
      expect(history.map(({ order }) => order)).toEqual([0, 1, 2, 3])
      expect((history[2]?.tick ?? 0) - (history[1]?.tick ?? 0)).toBeGreaterThanOrEqual(10 * MS)
    })
  })

  test('a word for invalidate that is none is refused', () => {
    expect(() => readProbeOptions({ invalidate: 'worker' })).toThrow(expect.objectContaining({ errno: 'EINVAL' }))
    expect(readProbeOptions({ invalidate: 'worker:100' }).invalidate).toEqual({ kind: 'worker', ticks: 100 * MS })
  })
})

function* refused(op: Op<unknown>, errno: string): Op<void> {
  try {
    yield* op
  } catch (error) {
    expect(error).toMatchObject({ errno })
    return
  }
  expect.fail(`was to fail with ${errno}`)
}
