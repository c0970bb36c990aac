/** The suite of exporters against the lender, and against one mistake at a time put into it. */
import { describe, expect, test } from 'vitest'
import { BrokenPromise, exporterChapters, type ExporterSpec } from '../src/index.ts'
import { type Careless, careless } from './careless-exporter.ts'

const specOf = (mistake?: Careless): ExporterSpec => ({
  plugin: () => careless(mistake),
  driver: 'lender',
  takes: [{ name: 'revoke', words: [{ verb: 'revoke' }], back: [{ verb: 'restore' }] }],
  schedules: 10,
})

/** What fails, as `chapter: RULE`. **Shape** `where`: of what is to be looked at, in the same words; all unless given. */
function failing(mistake?: Careless, where?: string): string[] {
  return exporterChapters(specOf(mistake)).flatMap(({ name, checks }) =>
    checks.flatMap(({ rule, run }) => {
      const one = `${name}: ${rule}`
      return (where ?? one) === one && isBroken(run) ? [one] : []
    }),
  )
}

function isBroken(run: () => void): boolean {
  try {
    run()
    return false
  } catch (error) {
    if (error instanceof BrokenPromise) return true
    throw error
  }
}

describe('the suite of exporters', { timeout: 60_000 }, () => {
  test('one that is right passes all of it', () => {
    expect(failing()).toEqual([])
  })

  const mistakes: readonly (readonly [Careless, string])[] = [
    ['leaves its memory off', 'lifecycle: INV-16'],
    ['tells nobody', 'revoke: REV-2'],
    ['waits for nobody', 'revoke: REV-2'],
    ['looks at no fences', 'revoke: DMB-20'],
    ['raises its flag too late', 'revoke: REV-3'],
    ['tells without the reservation', 'revoke: REV-2'],
    ['waits with the reservation', 'locking: VFIO-40'],
    ['maps while it is revoked', 'revoke: VFIO-26'],
    ['admits while it is revoked', 'revoke: VFIO-24b'],
    ['admits anybody', 'refusal: VFIO-25'],
    ['never lends again', 'restore: REV-5'],
    ['lends the wrong piece', 'sg shapes: INV-17'],
    ['has the provider of another BAR', 'sg shapes: P2P-4'],
    ['keeps a reference', 'lifecycle: INV-28'],
    ['counts wrong when a map fails', 'errors: INV-28'],
    ['counts its revokes', 'restore: INV-13'],
    ['un-revokes what is live', 'restore: INV-13'],
    ['never forgets a buffer', 'lifecycle: INV-28'],
    ['leaves files open', 'lifecycle: INV-3'],
    ['says nothing to the judge', 'revoke: DMB-20'],
    ['does not say when it is over', 'revoke: DMB-20'],
    ['lends one of its buffers again', 'restore: REV-5'],
    ['lets two threads in', 'revoke: REV-2'],
  ]

  test.each(mistakes)('an exporter that %s fails %s', (mistake, where) => {
    expect(failing(mistake, where)).toContain(where)
  })
})
