/** The suite of importers against one that is right, and against one mistake at a time. */
import { describe, expect, test } from 'vitest'
import { BrokenPromise, importerChapters, type ImporterSpec } from '../src/index.ts'
import { clumsy, type Mistake } from './clumsy-importer.ts'
import { moody } from './moody-importer.ts'

const specOf = (mistake?: Mistake): ImporterSpec => ({
  plugin: () => clumsy(mistake),
  driver: 'clumsy',
  schedules: 40,
})

/** What fails, as `chapter: RULE`. **Shape** `where`: of what is to be looked at, in the same words; all unless given. */
function failing(mistake?: Mistake, where?: string): string[] {
  return importerChapters(specOf(mistake)).flatMap(({ name, checks }) =>
    checks.flatMap(({ rule, run }) => {
      const one = `${name}: ${rule}`
      return (where ?? one) === one && failureOf(run) !== undefined ? [one] : []
    }),
  )
}

function failureOf(run: () => void): BrokenPromise | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    if (error instanceof BrokenPromise) return error
    throw error
  }
}

/** The message of one test. */
function said(mistake: Mistake, chapter: string, rule: string): string {
  const checks = importerChapters(specOf(mistake)).find(({ name }) => name === chapter)?.checks ?? []
  for (const { run } of checks.filter((one) => one.rule === rule)) {
    const found = failureOf(run)
    if (found !== undefined) return found.message
  }
  return ''
}

describe('the suite of importers', { timeout: 60_000 }, () => {
  test('one that is right passes all of it', () => {
    expect(failing()).toEqual([])
  })

  test('each chapter has something to look at', () => {
    expect(importerChapters(specOf()).map(({ checks }) => checks.length > 0)).toEqual(Array(10).fill(true))
  })

  const mistakes: readonly (readonly [Mistake, string])[] = [
    ['keeps its mapping', 'revoke: INV-9'],
    ['never becomes a bus master', 'lifecycle: INV-16'],
    ['unmaps too late', 'revoke: INV-9'],
    ['goes on with old addresses', 'invalidate: IMP-3'],
    ['goes on with old addresses and tells nobody', 'invalidate: IMP-3'],
    ['forgets its reference', 'lifecycle: INV-28'],
    ['forgets to detach', 'lifecycle: INV-28'],
    ['forgets its reference when refused', 'refusal: VFIO-25'],
    ['maps without the reservation', 'locking: DMB-24'],
    ['keeps the reservation', 'locking: DMB-24'],
    ['takes the reservation in its callback', 'locking: DMB-24'],
    ['says that all is well', 'revoke: VFIO-26'],
    ['changes its table', 'lifecycle: INV-28'],
    ['declares too much', 'lifecycle: IMP-1'],
    ['looks at no length', 'refusal: INV-16'],
    ['moves data without a lock', 'revoke: DMB-17'],
    ['unmaps twice', 'locking: DMB-24'],
    ['lets a refusal escape from its callback', 'locking: DMB-24'],
    ['never pins, and unpins', 'locking: DMB-24'],
    ['does it another way each time', 'determinism: decision 5'],
    ['walks the first entry only', 'sg shapes: SGT-11'],
    ['believes that attach has returned', 'invalidate: IMP-2'],
    ['comes back, and says it does not', 'remap: IMP-1'],
    ['pins each time it is told', 'invalidate: INV-13'],
    ['lets go only when its own lock is free', 'interleavings: INV-9'],
    ['looks whether it is mapped before it has the reservation', 'interleavings: INV-9'],
    ['remembers addresses', 'remap: DMB-13'],
    ['uses an attachment that is going', 'interleavings: DMB-11'],
    ['reads by the table of before', 'remap: DMB-13'],
    ['reads beyond the end', 'refusal: INV-16'],
    ['gives no data', 'lifecycle: INV-16'],
    ['gives the data of another place', 'lifecycle: INV-16'],
    ['says another errno', 'revoke: VFIO-26'],
    ['maps one way', 'lifecycle: IMP-4'],
    ['leaves a worker behind', 'interleavings: INV-1'],
    ['keeps the reservation for seconds', 'revoke: DMB-17'],
  ]

  test.each(mistakes)('an importer that %s fails %s', (mistake, where) => {
    expect(failing(mistake, where)).toContain(where)
  })

  test.each([
    ['count', 'each schedule that is explored is the same when it is run again', /two runs of one schedule part at/],
    ['chance', 'each schedule that is explored is the same when it is run again', /comes to "a mood"/],
    ['chance', 'it asks the host for no time, no random number and no timer', /in one run it called Math.random/],
    ['clock', 'it asks the host for no time, no random number and no timer', /in one run it called Date.now/],
    ['fine clock', 'it asks the host for no time, no random number and no timer', /it called process.hrtime.bigint/],
    ['later', 'it asks the host for no time, no random number and no timer', /Promise.resolve, Promise.prototype.then/],
  ] as const)('decision 5: an importer that acts by %s is told so: %s', (mood, says, message) => {
    const chapters = importerChapters({ ...specOf(), plugin: () => moody(mood) })
    const [one] = chapters.flatMap(({ checks }) => checks.filter((check) => check.says === says))
    expect(one && failureOf(one.run)?.message.replace(/\s+/g, ' ')).toMatch(message)
  })

  test('an operation that is made and not run is told, with its place', () => {
    const chapters = importerChapters(specOf('makes an operation and does not run it'))
    const [one] = chapters.flatMap(({ checks }) =>
      checks.filter(({ says }) => says === 'each operation that it makes is run'),
    )
    expect(one && failureOf(one.run)?.broken.happened).toEqual([
      expect.stringMatching(/^nobody ran detach\(\) at .*test\/clumsy-importer\.ts:\d+$/),
    ])
  })

  test('an order of steps that never ends is told, and who goes round in it', () => {
    // It takes seconds, and longer where others are at work.
    const chapters = importerChapters({ ...specOf('asks for the reservation in a loop'), patience: 60 })
    const [one] = chapters.flatMap(({ checks }) =>
      checks.filter(({ says }) => says === 'two imports come and go on one device'),
    )
    expect(one && failureOf(one.run)?.broken.happened).toEqual([
      expect.stringMatching(/^(one|two) comes to "is it free\?" after 20000 steps$/),
    ])
  })

  test('a failure says what was expected, by which rule, and what happened', () => {
    expect(said('keeps its mapping', 'revoke', 'INV-9')).toMatchInlineSnapshot(`
      "INV-9 does not hold

      expected  told to let go, it unmaps by itself within 1000000 us, also if user
                space does nothing more
      happened  INV-9 (DMB-18): near was told to let go of buf0 and does not; user
                waits for unmaps(buf0) (unmap); at 12 user: mapped buf0 for near; at
                16 user: told near to let go of buf0; at 18 user: waits for
                unmaps(buf0) (unmap)
                user never came back from "revoke nvme": user waits for unmaps(buf0)
                (unmap)

           us  who         what
            6  user        open nvme
            6  user          ok: ok
            7  user        export nvme, bar 0, ranges offset 0x0 length 16 KiB, as buf
            8  user          ok: ok
            9  user        import buf, on near, as imp
           10  user        near is attached to buf0
           10  user          ok: ok
           11  user        write imp, length 64 B
           12  user        near maps buf0: mapping 0
           13  user        near writes 64 bytes at 0x80000000: nvme BAR 0 + 0x0
           13  user          ok: ok
           14  user        revoke nvme
           17  user        near is told to let go of buf0
           18  user        waits for unmaps(buf0) (unmap)
           18  machine     VIOLATION INV-9"
    `)
    expect(said('forgets its reference', 'lifecycle', 'INV-28')).toMatchInlineSnapshot(`
      "INV-28 does not hold

      expected  close unmaps, unpins, detaches and drops the reference, so that the
                buffer is released
      happened  INV-28: left over: a reference to buf0

           us  who         what
            6  user        open nvme
            6  user          ok: ok
            7  user        export nvme, bar 0, ranges offset 0x0 length 16 KiB, as buf
            8  user          ok: ok
            9  user        import buf, on near, as imp
           10  user        near is attached to buf0
           10  user          ok: ok
           11  user        write imp, data "lent, and given back", length 20 B
           12  user        near maps buf0: mapping 0
           13  user        near writes 20 bytes at 0x80000000: nvme BAR 0 + 0x0
           13  user          ok: ok
           14  user        close imp
           15  user        near unmaps buf0: mapping 0
           16  user        near is detached from buf0
           16  user          ok: ok
           17  user        close buf
           17  user          ok: ok
           19  user        buf0 is revoked
           20  user        cpu writes 16384 bytes at 0x80000000: nvme BAR 0 + 0x0
           21  machine     VIOLATION INV-28"
    `)
  })
})
