/** The revoke model on the real plugins: complete, with counts that change when the search does. */
import { depthFirst, dpor } from '@barter/explore'
import { describe, expect, test } from 'vitest'
import { manyImporters } from '../../bench/models/many-importers.js'

/** What each writer got, whoever it was. */
const upToRenaming = (outcomes: Iterable<string>): ReadonlySet<string> =>
  new Set(
    [...outcomes].map((outcome) =>
      outcome
        .replaceAll(/\b(nic|mr|writer)\d/g, '$1')
        .split('; ')
        .sort()
        .join('; '),
    ),
  )

/** Of a search that came to its end and found nothing. */
function outcomes(found: ReturnType<typeof dpor>): readonly string[] {
  expect(found.complete).toBe(true)
  expect(found.found).toEqual([])
  return [...found.outcomes.keys()].sort()
}

describe('a close while NICs write, vfio-pci and mlx5', () => {
  test.each([
    // A write has three results; this is the number of ways to distribute them over the writers.
    { importers: 1, states: 155, runs: 18, outcomes: 3 },
    { importers: 2, states: 760, runs: 124, outcomes: 6 },
    { importers: 3, states: 2923, runs: 614, outcomes: 10 },
  ])(
    'INV-1, INV-2, INV-4: $importers at once, complete: $states states, $outcomes outcomes up to renaming',
    ({ importers, states, runs, outcomes }) => {
      const found = depthFirst(manyImporters(importers), { match: true, outcomes: true })
      expect(found.found).toEqual([])
      expect({ complete: found.complete, states: found.states?.count, runs: found.schedules + found.cuts }).toEqual({
        complete: true,
        states,
        runs,
      })
      expect(upToRenaming(found.outcomes.keys()).size).toBe(outcomes)
    },
  )

  test('one of them: no reduction loses an outcome', () => {
    const all = outcomes(dpor(manyImporters(1), { outcomes: true }))
    for (const joins of [true, false]) {
      for (const singles of [true, false]) {
        const options = { match: true, outcomes: true, joins, singles }
        expect(outcomes(depthFirst(manyImporters(1), options))).toEqual(all)
      }
    }
  })
})

describe('a close while one of the other importers writes', () => {
  test.each([
    { driver: 'irdma', resets: true },
    { driver: 'virtio-gpu', resets: true },
    { driver: 'amdgpu', resets: false },
    { driver: 'xe', resets: false },
  ])('$driver, reset before: $resets: no reduction loses an outcome', ({ driver, resets }) => {
    const subject = manyImporters(1, { driver, resets })
    const all = outcomes(dpor(subject, { outcomes: true }))
    const none = { joins: false, singles: false, sleep: false, learn: false }
    expect(outcomes(depthFirst(subject, { match: true, outcomes: true }))).toEqual(all)
    expect(outcomes(depthFirst(subject, { match: true, outcomes: true, ...none }))).toEqual(all)
  })
})

describe('a close while two of the other importers write', () => {
  test.each([
    { driver: 'irdma', states: 855, outcomes: 10 },
    { driver: 'virtio-gpu', states: 1644, outcomes: 6 },
    // It unmaps late, from a worker, so whichever comes last frees the buffer.
    { driver: 'xe', states: 11_197, outcomes: 6 },
  ])('INV-1, INV-2, INV-4: $driver, complete: $states states', ({ driver, ...counts }) => {
    const found = depthFirst(manyImporters(2, { driver }), { match: true, outcomes: true })
    expect(found.found).toEqual([])
    expect({
      complete: found.complete,
      states: found.states?.count,
      outcomes: upToRenaming(found.outcomes.keys()).size,
    }).toEqual({ complete: true, ...counts })
  })
})
