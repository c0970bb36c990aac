/** An exploration that is stopped, saved and resumed has the same result as one that is not. */
import {
  DepthFirst,
  depthFirst,
  type DepthFirstOptions,
  type Exploration,
  ExplorationRun,
  type ExploreOptions,
  type SavedExploration,
  type SavedSearch,
  type Tally,
} from '@barter/explore'
import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import type { Explorable } from '@barter/core'
import { closeWhileWriting } from './close-while-writing.ts'
import { kernelSubject } from './kernel-programs.ts'
import { fillProgram, lockProgram, type Program, programSubject } from './random-programs.ts'

const sum = ({ words, schedules, cuts, steps, states, violations, outcomes }: Exploration) => ({
  words,
  schedules,
  cuts,
  steps,
  states,
  violations,
  outcomes: [...outcomes],
})

/** As a file would keep it. */
const kept = (saved: SavedExploration): SavedExploration => {
  const { table, ...rest } = saved
  const plain = JSON.parse(JSON.stringify(rest)) as SavedExploration
  return table === undefined ? plain : { ...plain, table }
}

const counts = ({ schedules, cuts, restarts, states, outcomes }: Tally) => ({
  schedules,
  cuts,
  restarts,
  states: states?.count,
  outcomes: [...outcomes].sort(),
})

/** Stop after every so many runs; gives how often that was, too. */
function inPieces(subject: () => Explorable, options: ExploreOptions, every: number): readonly [number, Exploration] {
  let resume: SavedExploration | undefined
  for (let pieces = 1; ; pieces++) {
    let looks = 0
    const run = new ExplorationRun(subject(), {
      ...options,
      lookEvery: 1,
      stop: () => ++looks >= every,
      ...(resume === undefined ? {} : { resume }),
    })
    run.advance()
    const saved = run.save()
    if (saved === undefined || (saved.search?.next ?? 0) >= (options.schedules ?? Infinity))
      return [pieces, run.result()]
    resume = kept(saved)
  }
}

const whole = (subject: () => Explorable, options: ExploreOptions): Exploration => {
  const run = new ExplorationRun(subject(), options)
  run.advance()
  return run.result()
}

describe('stopped and gone on with', () => {
  test.each([
    [{ strategy: 'states', preemptions: 1 }, 20],
    [{ strategy: 'dfs', preemptions: 1 }, 40],
    [{ strategy: 'random', schedules: 50 }, 12],
    [{ strategy: 'pct', schedules: 50 }, 12],
  ] as const)('%j: the same words, counts and outcomes', (chosen, every) => {
    const options = { ...chosen, outcomes: true }
    const [pieces, result] = inPieces(() => closeWhileWriting(), options, every)
    expect(pieces).toBeGreaterThan(2)
    const { words, ...counts } = sum(whole(() => closeWhileWriting(), options))
    expect(sum(result)).toEqual({ ...counts, words })
  })

  test('also while it goes back to where somebody was left aside wrongly', () => {
    // Two are copies, so who drops last is found at places that were thought to need one of them alone.
    const copied: Program[number] = [{ kind: 'drop' }, { kind: 'read', cell: 1 }]
    const other: Program[number] = [{ kind: 'drop' }, { kind: 'copy', cell: 0 }, { kind: 'lock', lock: 0 }]
    const subject = programSubject([copied, copied, other])
    const all = [...depthFirst(subject, { match: false, outcomes: true }).outcomes.keys()].sort()
    const options: DepthFirstOptions = { match: true, learn: false, outcomes: true, lookEvery: 1 }
    const never = counts(depthFirst(subject, options))
    expect(never.outcomes.map(([outcome]) => outcome)).toEqual(all)
    let pieces = 0
    for (let isWhole = false; !isWhole; pieces++) {
      let looks = 0
      const first = new DepthFirst(subject, { ...options, stop: () => ++looks > pieces })
      first.run()
      const saved = first.save()
      isWhole = saved === undefined
      // Who has not come to the end has something to go on with.
      expect(first.tally.complete).toBe(isWhole)
      const second = new DepthFirst(subject, options)
      if (saved !== undefined) second.restore(JSON.parse(JSON.stringify(saved)) as SavedSearch, first.table)
      second.run()
      expect(second.tally.complete).toBe(true)
      expect(counts(second.tally)).toEqual(never)
    }
    expect(pieces).toBeGreaterThan(9)
  })

  test.each([
    ['locks that are tried and shared', lockProgram],
    ['steps that do less when they come later', fillProgram],
  ])('random programs, stopped anywhere, %s: the counts of one that was not', (_, programs) => {
    const pieces = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(programs, fc.boolean(), pieces, (acts, learn, lengths) => {
        const subject = programSubject(acts)
        const options: DepthFirstOptions = { match: true, learn, outcomes: true, lookEvery: 1 }
        const never = counts(depthFirst(subject, options))
        let search = new DepthFirst(subject, options)
        for (let piece = 0; ; piece++) {
          let looks = 0
          const stop = (): boolean => ++looks >= (lengths[piece % lengths.length] ?? 1)
          const saved = search.save()
          const next = new DepthFirst(subject, { ...options, stop })
          if (piece > 0 && saved === undefined) break
          if (piece > 0) next.restore(JSON.parse(JSON.stringify(saved)) as SavedSearch, search.table)
          next.run()
          search = next
        }
        expect(counts(search.tally)).toEqual(never)
      }),
      { numRuns: 40, seed: 4711 },
    )
  })

  test('what it left out rests on things that a fresh run makes in another order: no outcome is lost', () => {
    const late = (kind: 'read late' | 'write late', cell: number) => ({ kind, cell, joined: false })
    const subject = kernelSubject([
      [late('read late', 1), late('read late', 0), late('write late', 3)],
      [late('read late', 3), late('read late', 0)],
      [late('read late', 3)],
    ])
    const options: DepthFirstOptions = { match: true, learn: false, outcomes: true, lookEvery: 1 }
    const never = counts(depthFirst(subject, options))
    for (let pieces = 1; ; pieces++) {
      let looks = 0
      const first = new DepthFirst(subject, { ...options, stop: () => ++looks > pieces })
      first.run()
      const saved = first.save()
      if (saved === undefined) break
      const second = new DepthFirst(subject, options)
      second.restore(JSON.parse(JSON.stringify(saved)) as SavedSearch, first.table)
      second.run()
      expect(counts(second.tally)).toEqual(never)
    }
  })

  test('also while it learns what threads share and touch, after each walk', () => {
    const subject = (): Explorable => closeWhileWriting()
    const run = new ExplorationRun(subject(), { lookEvery: 1, stop: () => true })
    run.advance()
    expect(run.result()).toMatchObject({
      stopped: true,
      schedules: 0,
      states: 0,
      words: 'sampled (stopped, 0 schedules)',
    })
    expect(run.save()?.search).toMatchObject({ sorts: { learning: { lesson: { left: 39 } } } })
    const [pieces, result] = inPieces(subject, { outcomes: true }, 9)
    expect(pieces).toBeGreaterThan(6)
    expect(sum(result)).toEqual(sum(whole(subject, { outcomes: true })))
  })

  test.each(['states', 'dfs', 'random', 'pct'] as const)('%s: the same first counterexample', (strategy) => {
    const late = { strategy, seed: 5, schedules: 1000 }
    const [, result] = inPieces(() => closeWhileWriting('G1'), late, 1)
    expect(result.violations).toHaveLength(1)
    expect(sum(result)).toEqual(sum(whole(() => closeWhileWriting('G1'), late)))
  })
})

describe('what cannot be gone on with', () => {
  const saved = (): SavedExploration => {
    const run = new ExplorationRun(closeWhileWriting(), { preemptions: 1, schedules: 2 })
    run.advance()
    const found = run.save()
    if (found === undefined) throw new Error('it came to its end')
    return kept(found)
  }

  test('another system', () => {
    expect(() => new ExplorationRun(closeWhileWriting('G1'), { preemptions: 1, resume: saved() })).toThrow(
      expect.objectContaining({ code: 'CHECKPOINT_FOREIGN' }),
    )
  })

  test('another strategy or bound', () => {
    for (const options of [{ preemptions: 2 }, {}, { strategy: 'dfs', preemptions: 1 }] as const) {
      expect(() => new ExplorationRun(closeWhileWriting(), { ...options, resume: saved() })).toThrow(
        expect.objectContaining({ code: 'CHECKPOINT_FOREIGN' }),
      )
    }
  })

  test('plugins that do otherwise now', () => {
    const { search, ...rest } = saved()
    if (search === undefined) throw new Error('nothing is left to do')
    const resume = { ...rest, search: { ...search, state: [1, 2] as const } }
    expect(() => new ExplorationRun(closeWhileWriting(), { preemptions: 1, resume })).toThrow(
      expect.objectContaining({ code: 'CHECKPOINT_FOREIGN' }),
    )
  })

  test('an exploration that came to its end, and one by dpor', () => {
    const over = new ExplorationRun(closeWhileWriting(), { preemptions: 0 })
    over.advance()
    expect(over.save()).toBeUndefined()
    const dpor = new ExplorationRun(closeWhileWriting(), { strategy: 'dpor', schedules: 2 })
    dpor.advance()
    expect(dpor.save()).toBeUndefined()
  })
})
