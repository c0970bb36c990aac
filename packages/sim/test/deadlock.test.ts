import { type Lock, type Op, point, sleep, waitFor } from '@barter/core'
import { describe, expect, test } from 'vitest'
import type { Thread } from '../src/index.ts'
import { waitChain } from '../src/kernel/wait-for.ts'
import { eager, testKernel } from './bench-kernel.ts'

/** Take both, with time in between. */
function* takeBoth(first: Op<void>, second: () => Op<void>): Op<void> {
  yield* first
  yield* sleep(10)
  yield* second()
}

describe('INV-10: deadlocks', () => {
  test('INV-10: a circle of two locks is reported with both threads and both locks', () => {
    const { user, run, kernel, violations } = testKernel({ strategy: eager() })
    const a = kernel.lock('a')
    const b = kernel.lock('b')
    user('vmm', () => takeBothOf(a, b))
    user('nic', () => takeBothOf(b, a))
    expect(run()).toBe('idle')
    const deadlock = violations.filter((one) => one.invariant === 'INV-10')
    expect(deadlock).toMatchObject([{ actor: { who: 'nic' }, parties: [{ who: 'vmm' }] }])
    expect(deadlock[0]?.message).toBe('a circle of waits: nic waits for a, held by vmm; vmm waits for b, held by nic')
  })

  const takeBothOf = (a: { lock(): Op<void> }, b: { lock(): Op<void> }): Op<void> =>
    takeBoth(
      lazily(() => a.lock()),
      () => b.lock(),
    )
  function* lazily(make: () => Op<void>): Op<void> {
    yield* make()
  }

  test('INV-10: a circle over three, one of them a reader that a waiting writer keeps out', () => {
    const { user, run, kernel, violations } = testKernel({ strategy: eager() })
    const sem = kernel.rwsem('memory_lock(nvme)')
    const lock = kernel.lock('dev_set')
    user('reader', function* () {
      yield* sem.downRead()
      yield* sleep(30)
      yield* lock.lock()
    })
    user('writer', function* () {
      yield* sleep(10)
      yield* sem.downWrite()
    })
    user('second', function* () {
      yield* lock.lock()
      yield* sleep(20)
      yield* sem.downRead()
    })
    run()
    const deadlock = violations.find((one) => one.invariant === 'INV-10')
    expect(deadlock?.message).toContain('reader waits for dev_set, held by second')
  })

  test('INV-10: to wait for the end of a thread that needs what one holds is a circle', () => {
    const { user, run, kernel, violations } = testKernel({ strategy: eager() })
    const lock = kernel.lock('pages')
    user('vmm', function* () {
      yield* lock.lock()
      const worker = kernel.spawn('worker', () => lock.lock())
      yield* waitFor(worker.ended, 'worker')
    })
    run()
    expect(violations.map((one) => one.invariant)).toEqual(['INV-10'])
  })

  test('a thread that waits for a fence nobody signals is no circle; its chain of waits is told', () => {
    const { user, run, kernel, violations } = testKernel({ strategy: eager() })
    const lock = kernel.lock('resv(buf)')
    const fence = kernel.fence('work')
    user('vmm', function* () {
      yield* lock.lock()
      yield* waitFor(fence, 'fences')
      lock.unlock()
    })
    const nic: Thread = user('nic', function* () {
      yield* point('x')
      yield* lock.lock()
    })
    expect(run()).toBe('idle')
    expect(violations).toEqual([])
    expect(waitChain(nic)).toBe('nic waits for resv(buf), held by vmm; vmm waits for work (fences)')
  })
})

describe('INV-11: lock order', () => {
  test('INV-11: two orders are found even when this schedule did not deadlock, with both places', () => {
    const { user, run, kernel, violations } = testKernel({ strategy: eager() })
    const pages = kernel.lock('pages(1)')
    const umr = kernel.lock('umr(2)')
    user('one', function* () {
      yield* pages.lock()
      yield* umr.lock()
      umr.unlock()
      pages.unlock()
    })
    user('two', function* () {
      yield* umr.lock()
      yield* pages.lock()
      pages.unlock()
      umr.unlock()
    })
    run()
    expect(violations).toMatchObject([
      {
        invariant: 'INV-11',
        rule: 'VFIO-40',
        actor: { who: 'two', what: 'takes pages(1) while holding umr(2)' },
        parties: [{ who: 'one', what: 'takes umr(2) while holding pages(1)' }],
      },
    ])
  })

  test('VFIO-40: the memory lock is never asked for with a reservation held', () => {
    const { user, run, kernel, violations } = testKernel()
    const resv = kernel.lock('resv(buf)')
    const memory = kernel.rwsem('memory_lock(nvme)')
    user('nic', function* () {
      yield* resv.lock()
      yield* memory.downRead()
      memory.upRead()
      resv.unlock()
    })
    run()
    expect(violations).toMatchObject([{ invariant: 'INV-11', actor: { who: 'nic' }, parties: [{ who: 'the rules' }] }])
  })

  test('VFIO-41: who holds a memory lock and waits for another one, where it should only try', () => {
    const { user, run, kernel, violations } = testKernel()
    const a = kernel.rwsem('memory_lock(a)')
    const b = kernel.rwsem('memory_lock(b)')
    user('one', function* () {
      yield* a.downWrite()
      expect(b.tryDownWrite()).toBe(true)
      b.upWrite()
      yield* b.downWrite()
      b.upWrite()
      a.upWrite()
    })
    run()
    expect(violations).toMatchObject([{ invariant: 'INV-11', rule: 'VFIO-41', actor: { who: 'one' } }])
  })

  test('VFIO-41: a try is no order, and several locks of one class may be held in one order', () => {
    const { user, run, kernel, violations } = testKernel({ strategy: eager() })
    const locks = ['i_mmap(a)', 'i_mmap(b)'].map((name) => kernel.rwsem(name))
    const device = kernel.lock('device(a)')
    for (const name of ['one', 'two']) {
      user(name, function* () {
        for (const lock of locks) yield* lock.downWrite()
        expect(device.tryLock()).toBe(true)
        device.unlock()
        for (const lock of locks) lock.upWrite()
        yield* device.lock()
        for (const lock of locks) yield* lock.downWrite()
        for (const lock of locks) lock.upWrite()
        device.unlock()
      })
    }
    run()
    expect(violations).toEqual([])
  })

  test('INV-11: two locks of one class in both orders are found', () => {
    const { user, run, kernel, violations } = testKernel({ strategy: eager() })
    const a = kernel.lock('resv(a)')
    const b = kernel.lock('resv(b)')
    user('one', () => nested(a, b))
    user('two', () => nested(b, a))
    run()
    expect(violations.map((one) => one.invariant)).toEqual(['INV-11'])
  })

  function* nested(outer: Lock, inner: Lock): Op<void> {
    yield* outer.lock()
    yield* inner.lock()
    inner.unlock()
    outer.unlock()
  }

  test('REV-3: a completion is never waited for with a reservation held; fences may be (DMB-22)', () => {
    const { user, run, kernel, violations } = testKernel()
    const resv = kernel.lock('resv(buf)')
    const drained = kernel.completion('unmaps(buf)')
    const fence = kernel.fence('work')
    user('vmm', function* () {
      yield* resv.lock()
      yield* waitFor(fence, 'fences')
      yield* drained.wait('unmap')
      resv.unlock()
    })
    user('nic', function* () {
      yield* point('x')
      fence.signal()
      yield* sleep(100)
      drained.complete()
    })
    run()
    expect(violations).toMatchObject([{ invariant: 'INV-11', rule: 'REV-3', actor: { who: 'vmm' } }])
  })
})
