import { KernelError, type Op, point, sleep, UsageError, waitFor } from '@barter/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seededStrategy } from '../src/index.ts'
import { eager, inTurn, testKernel, waits } from './bench-kernel.ts'

/** Some threads that note when they run. */
function race(seed: number, threads = 4, rounds = 6) {
  const { user, run, scheduler, kernel } = testKernel({ strategy: seededStrategy(seed) })
  const log: string[] = []
  for (let id = 0; id < threads; id++) {
    user(`t${id}`, function* () {
      for (let round = 0; round < rounds; round++) {
        yield* point('round')
        log.push(`${id}@${kernel.now()}`)
      }
    })
  }
  return { end: run(), log: log.join(' '), steps: scheduler.steps }
}

describe('the scheduler', () => {
  test('the same seed gives the same order, and some other seed another', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        expect(race(seed)).toEqual(race(seed))
      }),
    )
    expect(new Set([1, 2, 3, 4, 5].map((seed) => race(seed).log)).size).toBeGreaterThan(1)
  })

  test('the default strategy keeps the running thread most of the time, and leaves it often enough', () => {
    const runs = race(7, 4, 50)
      .log.split(' ')
      .map((entry) => entry.split('@')[0])
    const switches = runs.filter((id, i) => i > 0 && id !== runs[i - 1]).length
    expect(switches).toBeGreaterThan(15)
    expect(switches).toBeLessThan(80)
  })

  test('a step resumes one thread once and costs one tick', () => {
    const { user, run, scheduler } = testKernel()
    user('a', function* () {
      yield* point('one')
      yield* point('two')
    })
    expect(run()).toBe('idle')
    expect([scheduler.steps, scheduler.now]).toEqual([3, 3])
  })

  test('when nobody can go on, time jumps to the earliest sleeper', () => {
    const { user, run, kernel } = testKernel({ strategy: eager() })
    const woke: string[] = []
    const sleeper = (name: string, ticks: number) =>
      user(name, function* () {
        yield* sleep(ticks)
        woke.push(`${name} ${kernel.now()}`)
      })
    sleeper('late', 100_000)
    sleeper('early', 500)
    run()
    expect(woke).toEqual(['early 501', 'late 100000'])
  })

  test('a run ends at the limit of steps', () => {
    const { user, run, scheduler } = testKernel({ limit: 10 })
    user('spins', function* () {
      for (;;) yield* point('again')
    })
    expect(run()).toBe('limit')
    expect(scheduler.steps).toBe(10)
  })

  test('a thread that waits for a fence goes on when it signals; a fence signals for ever', () => {
    const { user, run, kernel, events } = testKernel({ strategy: eager() })
    const fence = kernel.fence('work')
    const log: string[] = []
    user('waits', function* () {
      yield* waitFor(fence, 'fences')
      log.push('first')
      yield* waitFor(fence, 'fences')
      log.push('second')
    })
    user('works', function* () {
      yield* sleep(10)
      fence.signal()
      fence.signal()
    })
    run()
    expect(log).toEqual(['first', 'second'])
    expect(waits(events())).toEqual([
      'waits blocked work -',
      'works blocked time -',
      'works unblocked time',
      'waits unblocked work',
    ])
  })

  test('a strategy that chooses a thread that cannot go on is told so', () => {
    const { user, run } = testKernel({ strategy: { newRun: () => true, choose: () => 7, draw: () => 0 } })
    user('a', () => point('x'))
    expect(run).toThrow(expect.objectContaining({ code: 'STRATEGY_CHOICE', hint: 'choose one of 0' }))
  })

  test('a bug in a thread is thrown with the name of the thread; a UsageError as it is', () => {
    const bug = testKernel()
    bug.user('vmm', function* (): Op<void> {
      yield* point('x')
      throw new TypeError('oops')
    })
    expect(bug.run).toThrow('thread vmm failed: oops')
    const mistake = testKernel()
    mistake.user('vmm', function* (): Op<void> {
      yield* point('x')
      throw new UsageError('OTHER', 'wrong')
    })
    expect(mistake.run).toThrow(expect.objectContaining({ code: 'OTHER' }))
  })

  test('INV-12: a refusal that leaves a kernel thread reaches nobody, and is reported', () => {
    const { kernel, run, violations } = testKernel()
    kernel.spawn('worker', function* (): Op<void> {
      yield* point('x')
      throw new KernelError('ENODEV', 'VFIO-26', 'revoked')
    })
    run()
    expect(violations).toMatchObject([{ invariant: 'INV-12', actor: { who: 'worker' } }])
    expect(violations[0]?.message).toContain('ENODEV (VFIO-26)')
  })

  test('DMB-5: deferred work runs in the same thread when it returns to user space, in order', () => {
    const { user, run, kernel } = testKernel()
    const log: string[] = []
    const release = (name: string) => () => {
      log.push(name)
      return point(name)
    }
    user('vmm', function* () {
      kernel.deferToReturn('a', release('a'))
      kernel.deferToReturn('b', function* () {
        yield* release('b')()
        kernel.deferToReturn('c', release('c'))
      })
      yield* point('still inside the call')
      log.push('returns')
      yield* kernel.returnToUser()
      log.push('user space')
    })
    run()
    expect(log).toEqual(['returns', 'a', 'b', 'c', 'user space'])
  })

  test('DMB-5: in a thread that never returns to user space a worker does it, which may take locks of that thread', () => {
    const { run, kernel, violations } = testKernel({ strategy: eager() })
    const lock = kernel.lock('memory_lock(nvme)')
    const log: string[] = []
    kernel.spawn('kthread', function* () {
      yield* lock.lock()
      kernel.deferToReturn('release(buf)', function* () {
        yield* lock.lock()
        log.push('released')
        lock.unlock()
      })
      yield* sleep(50)
      log.push('unlocks')
      lock.unlock()
    })
    run()
    expect(log).toEqual(['unlocks', 'released'])
    expect(violations).toEqual([])
  })

  test('threads take turns when the strategy says so', () => {
    const { user, run } = testKernel({ strategy: inTurn() })
    const log: string[] = []
    for (const name of ['a', 'b']) {
      user(name, function* () {
        for (let i = 0; i < 2; i++) {
          log.push(name)
          yield* point('x')
        }
      })
    }
    run()
    expect(log).toEqual(['a', 'b', 'a', 'b'])
  })
})
