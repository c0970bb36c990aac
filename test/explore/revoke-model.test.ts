/** The revoke model of bench/models has known counts: they change when the search does, whatever the machine. */
import { describe, expect, test } from 'vitest'
import { revokeModel } from '../../bench/models/revoke-model.js'
import { depthFirst, dpor } from '@barter/explore'

describe('state matching', () => {
  test.each([
    { importers: 2, states: 1107, outcomes: 30 },
    { importers: 3, states: 4595, outcomes: 70 },
    { importers: 4, states: 16_274, outcomes: 140 },
  ])('$importers importers: $states states, $outcomes outcomes up to renaming', ({ importers, states, outcomes }) => {
    // Every state, as the model is meant: nothing joined, nobody left aside.
    for (const sleep of [true, false]) {
      const every = { joins: false, singles: false, sleep }
      const found = depthFirst(revokeModel({ importers }), { match: true, outcomes: true, ...every })
      expect({ complete: found.complete, states: found.states?.count, outcomes: found.outcomes.size }).toEqual({
        complete: true,
        states,
        outcomes,
      })
      expect(found.found).toEqual([])
    }
  })

  test.each([
    { importers: 2, states: 658, outcomes: 30 },
    { importers: 3, states: 2817, outcomes: 70 },
    { importers: 4, states: 10_134, outcomes: 140 },
  ])('$importers importers, all reductions: $states states, the same outcomes', ({ importers, states, outcomes }) => {
    const found = depthFirst(revokeModel({ importers }), { match: true, outcomes: true })
    expect({ complete: found.complete, states: found.states?.count, outcomes: found.outcomes.size }).toEqual({
      complete: true,
      states,
      outcomes,
    })
    expect(depthFirst(revokeModel({ importers, broken: true }), { match: true }).found).toHaveLength(1)
  })

  test.each([
    { importers: 1, outcomes: 10 },
    { importers: 2, outcomes: 50 },
    { importers: 3, outcomes: 250 },
  ])('$importers importers without symmetry: $outcomes outcomes', ({ importers, outcomes }) => {
    const found = depthFirst(revokeModel({ importers, symmetric: false }), { match: true, outcomes: true })
    expect(found.outcomes.size).toBe(outcomes)
  })
})

describe('partial-order reduction', () => {
  // Lock order: the numbers of GenMC's optimal exploration of the same model. Data order: gets and puts commute, but for the
  // put that is the last.
  test.each([
    { importers: 1, order: 'lock', schedules: 24 },
    { importers: 2, order: 'lock', schedules: 662 },
    { importers: 3, order: 'lock', schedules: 31_908 },
    { importers: 1, order: 'data', schedules: 24 },
    { importers: 2, order: 'data', schedules: 314 },
    { importers: 3, order: 'data', schedules: 4392 },
    { importers: 4, order: 'data', schedules: 64_069 },
  ] as const)(
    '$importers importers in $order order: $schedules complete executions',
    ({ importers, order, schedules }) => {
      const found = dpor(revokeModel({ importers, order, symmetric: false }), { outcomes: true })
      expect(found.complete).toBe(true)
      expect(found.schedules).toBe(schedules)
      expect(found.outcomes.size).toBe(10 * 5 ** (importers - 1))
    },
  )
})

test('every interleaving of one importer: the same outcomes as the reductions find', () => {
  const subject = revokeModel({ importers: 1, symmetric: false })
  const plain = depthFirst(subject, { match: false, outcomes: true })
  expect(plain.complete).toBe(true)
  expect(plain.schedules).toBe(438)
  const outcomes = [...plain.outcomes.keys()].sort()
  expect([...depthFirst(subject, { match: true, outcomes: true }).outcomes.keys()].sort()).toEqual(outcomes)
  expect([...dpor(subject, { outcomes: true }).outcomes.keys()].sort()).toEqual(outcomes)
})

test('BUG-54: without the wait for unmaps every strategy finds a transfer that meets a dark device', () => {
  const subject = revokeModel({ importers: 1, broken: true })
  expect(depthFirst(subject, { match: true }).found[0]?.violation.invariant).toBe('INV-14')
  expect(depthFirst(subject, { match: false }).found[0]?.violation.invariant).toBe('INV-14')
  for (const importers of [1, 2, 3]) {
    for (const order of ['data', 'lock'] as const) {
      const found = dpor(revokeModel({ importers, order, broken: true }))
      expect(found.found[0]?.violation.invariant).toBe('INV-14')
    }
  }
})
