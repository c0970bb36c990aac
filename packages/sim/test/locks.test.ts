import { type Op, point, sleep } from '@barter/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seededStrategy } from '../src/index.ts'
import { eager, inTurn, testKernel, waits } from './bench-kernel.ts'

describe('a mutex', () => {
  test('keeps others out, names who holds it, and lets the next one in', () => {
    const { user, run, kernel, events } = testKernel({ strategy: inTurn() })
    const lock = kernel.lock('resv(buf)')
    const log: string[] = []
    const worker = (name: string) =>
      user(name, function* () {
        yield* lock.lock()
        log.push(`${name} in`)
        yield* point('inside')
        log.push(`${name} out`)
        lock.unlock()
      })
    worker('vmm')
    worker('nic')
    run()
    expect(log).toEqual(['vmm in', 'vmm out', 'nic in', 'nic out'])
    expect(waits(events())).toEqual(['nic blocked resv(buf) vmm', 'nic unblocked resv(buf)'])
  })

  test('never has two owners, whatever the schedule', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { user, run, kernel, violations } = testKernel({ strategy: seededStrategy(seed, { keep: 0.2 }) })
        const lock = kernel.lock('l')
        let inside = 0
        let most = 0
        for (let id = 0; id < 4; id++) {
          user(`t${id}`, function* () {
            for (let round = 0; round < 3; round++) {
              if (!lock.tryLock()) yield* lock.lock()
              most = Math.max(most, ++inside)
              yield* point('inside')
              inside--
              lock.unlock()
            }
          })
        }
        expect(run()).toBe('idle')
        expect([most, inside, violations]).toEqual([1, 0, []])
      }),
    )
  })

  test('a try fails while it is held, also by the one who tries', () => {
    const { user, run, kernel } = testKernel({ strategy: eager() })
    const lock = kernel.lock('device(nvme)')
    const got: boolean[] = []
    user('a', function* () {
      got.push(lock.tryLock(), lock.tryLock())
      yield* sleep(10)
      lock.unlock()
    })
    user('b', function* () {
      yield* point('x')
      got.push(lock.tryLock())
    })
    run()
    expect(got).toEqual([true, false, false])
  })
})

describe('a read-write semaphore', () => {
  test('readers share it; a waiting writer keeps new readers out and is not starved', () => {
    const { user, run, kernel, events } = testKernel({ strategy: eager() })
    const sem = kernel.rwsem('memory_lock(nvme)')
    const log: string[] = []
    const reader = (name: string, from: number) =>
      user(name, function* () {
        yield* sleep(from)
        yield* sem.downRead()
        log.push(name)
        yield* sleep(100)
        sem.upRead()
      })
    reader('r1', 1)
    reader('r2', 20)
    user('w', function* () {
      yield* sleep(50)
      yield* sem.downWrite()
      log.push('w')
      yield* sleep(100)
      sem.upWrite()
    })
    reader('r3', 80)
    run()
    expect(log).toEqual(['r1', 'r2', 'w', 'r3'])
    expect(
      waits(events()).filter((line) => line.includes('blocked memory_lock') && !line.includes('unblocked')),
    ).toEqual(['w blocked memory_lock(nvme) r1, r2', 'r3 blocked memory_lock(nvme) r1, r2, w'])
  })

  test('a reader does not wait for writers that came after it', () => {
    const { user, run, kernel } = testKernel({ strategy: eager() })
    const sem = kernel.rwsem('memory_lock(nvme)')
    const log: string[] = []
    const thread = (name: string, from: number, mode: 'read' | 'write') =>
      user(name, function* () {
        yield* sleep(from)
        yield* mode === 'read' ? sem.downRead() : sem.downWrite()
        log.push(name)
        yield* sleep(100)
        if (mode === 'read') sem.upRead()
        else sem.upWrite()
      })
    // The one with the lower number is chosen where both could go on.
    thread('r', 30, 'read')
    thread('w1', 1, 'write')
    thread('w2', 60, 'write')
    run()
    expect(log).toEqual(['w1', 'r', 'w2'])
  })

  test('a writer who is late keeps no reader out: to stand in line is a step of its own', () => {
    const { user, kernel, scheduler } = testKernel({ strategy: eager() })
    const sem = kernel.rwsem('memory_lock(nvme)')
    const reader = (name: string) =>
      user(name, function* () {
        yield* sem.downRead()
        yield* point('inside')
        sem.upRead()
      })
    reader('r1')
    user('w', function* () {
      yield* sem.downWrite()
      sem.upWrite()
    })
    reader('r2')
    reader('r3')
    // Each comes to the semaphore, the writer second; then two readers take it.
    for (const thread of [0, 1, 2, 3, 0, 2]) scheduler.stepOf(thread)
    const able = () => [0, 1, 2, 3].filter((thread) => scheduler.mayRun(thread))
    expect(able()).toEqual([0, 1, 2, 3])
    scheduler.stepOf(1)
    // In line: it waits for both of them, and the third reader waits for it.
    expect(able()).toEqual([0, 2])
    scheduler.stepOf(0)
    scheduler.stepOf(2)
    expect(able()).toEqual([1])
    scheduler.stepOf(1)
    expect(able()).toEqual([3])
  })

  test('never has a writer beside anybody, whatever the schedule, and everybody gets through', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.boolean(), { minLength: 2, maxLength: 6 }), (seed, writers) => {
        const { user, run, kernel, scheduler } = testKernel({ strategy: seededStrategy(seed, { keep: 0.2 }) })
        const sem = kernel.rwsem('s')
        let readers = 0
        let writing = 0
        let wrong = 0
        let through = 0
        writers.forEach((writes, id) => {
          user(`t${id}`, function* () {
            for (let round = 0; round < 3; round++) {
              yield* writes ? sem.downWrite() : sem.downRead()
              if (writes) writing++
              else readers++
              if (writing > 1 || (writing === 1 && readers > 0)) wrong++
              yield* point('inside')
              if (writes) writing--
              else readers--
              if (writes) sem.upWrite()
              else sem.upRead()
            }
            through++
          })
        })
        run()
        expect([wrong, through, scheduler.current]).toEqual([0, writers.length, undefined])
      }),
    )
  })

  test('a try for writing fails while somebody reads', () => {
    const { user, run, kernel } = testKernel({ strategy: eager() })
    const sem = kernel.rwsem('s')
    const got: boolean[] = []
    user('a', function* () {
      yield* sem.downRead()
      got.push(sem.tryDownWrite())
      sem.upRead()
      got.push(sem.tryDownWrite())
      sem.assertHeldWrite()
      sem.upWrite()
      sem.assertNotHeld()
    })
    run()
    expect(got).toEqual([false, true])
  })
})

describe('a completion', () => {
  test('REV-2: it can be armed again, and then has to be completed again', () => {
    const { user, run, kernel } = testKernel({ strategy: eager() })
    const drained = kernel.completion('unmaps(buf)')
    const log: string[] = []
    user('revoke', function* () {
      for (const round of ['one', 'two']) {
        yield* drained.wait('unmap')
        log.push(`${round} ${drained.done}`)
        drained.rearm()
        log.push(`armed ${drained.done}`)
      }
    })
    user('importer', function* () {
      yield* sleep(10)
      drained.complete()
      yield* sleep(10)
      log.push('between')
      drained.complete()
    })
    run()
    expect(log).toEqual(['one true', 'armed false', 'between', 'two true', 'armed false'])
  })

  test('REV-3: to arm what was not completed takes nothing from those who wait', () => {
    const { user, run, kernel } = testKernel({ strategy: eager() })
    const drained = kernel.completion('unmaps(buf)')
    let done = false
    user('revoke', function* () {
      yield* drained.wait('unmap')
      done = true
    })
    user('importer', function* () {
      yield* sleep(10)
      drained.rearm()
      drained.complete()
    })
    run()
    expect(done).toBe(true)
  })
})

describe('INV-12: lock discipline', () => {
  const misuses: readonly (readonly [string, (locks: ReturnType<typeof makeLocks>) => Op<void>])[] = [
    ['unlock of a mutex that nobody holds', ({ mutex }) => calls(() => mutex.unlock())],
    ['a mutex taken twice', ({ mutex }) => both(mutex.lock(), () => mutex.lock())],
    ['a semaphore taken twice for reading', ({ sem }) => both(sem.downRead(), () => sem.downRead())],
    ['a reader who wants to write', ({ sem }) => both(sem.downRead(), () => sem.downWrite())],
    ['a reader who gives back as writer', ({ sem }) => both(sem.downRead(), () => calls(() => sem.upWrite()))],
    ['a writer who gives back as reader', ({ sem }) => both(sem.downWrite(), () => calls(() => sem.upRead()))],
    ['reliance on a mutex that is not held', ({ mutex }) => calls(() => mutex.assertHeld())],
    [
      'reliance on a semaphore held for reading',
      ({ sem }) => both(sem.downRead(), () => calls(() => sem.assertHeldWrite())),
    ],
    ['a mutex held where it must not be', ({ mutex }) => both(mutex.lock(), () => calls(() => mutex.assertNotHeld()))],
    ['a thread that ends with a lock', ({ mutex }) => mutex.lock()],
  ]
  const makeLocks = (kernel: ReturnType<typeof testKernel>['kernel']) => ({
    mutex: kernel.lock('m'),
    sem: kernel.rwsem('s'),
  })
  function* calls(act: () => void): Op<void> {
    act()
  }
  function* both(first: Op<void>, second: () => Op<void>): Op<void> {
    yield* first
    yield* second()
  }

  test.each(misuses)('INV-12: %s is a violation that names the thread, and others go on', (_name, misuse) => {
    const { user, run, kernel, violations } = testKernel()
    const locks = makeLocks(kernel)
    let other = false
    user('clumsy', () => lazily(() => misuse(locks)))
    user('other', function* () {
      yield* point('x')
      other = true
    })
    expect(run()).toBe('idle')
    expect(violations).toMatchObject([{ invariant: 'INV-12', actor: { who: 'clumsy' } }])
    expect(other).toBe(true)
  })

  function* lazily(make: () => Op<void>): Op<void> {
    yield* point('starts')
    yield* make()
  }

  test('INV-12: unlocking what another thread holds is a violation, and it stays locked', () => {
    const { user, run, kernel, violations } = testKernel({ strategy: eager() })
    const mutex = kernel.lock('m')
    user('owner', function* () {
      yield* mutex.lock()
      yield* sleep(100)
      mutex.assertHeld()
      mutex.unlock()
    })
    user('thief', function* () {
      yield* sleep(10)
      mutex.unlock()
    })
    run()
    expect(violations).toMatchObject([{ actor: { who: 'thief' }, message: 'thief unlocks m, which owner holds' }])
  })

  test('INV-12: a return to user space with a lock is a violation', () => {
    const { user, run, kernel, violations } = testKernel()
    const mutex = kernel.lock('m')
    user('vmm', function* () {
      yield* mutex.lock()
      yield* kernel.returnToUser()
    })
    run()
    expect(violations.map((one) => one.message)).toEqual(['vmm returns to user space holding m'])
  })
})
