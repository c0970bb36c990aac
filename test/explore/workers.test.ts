/** Several workers find what one finds, whatever their number. Here they take turns in one thread; test/cli has real ones. */
import type { Explorable } from '@barter/core'
import {
  type Exploration,
  ExplorationInParts,
  ExplorationRun,
  exploreInParts,
  exploreSubject,
  type InPartsOptions,
  PartControl,
  type SavedExploration,
  type Task,
  TaskRunner,
  type Worker,
} from '@barter/explore'
import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { closeWhileWriting } from './close-while-writing.ts'
import { kernelSubject } from './kernel-programs.ts'
import { program, type Program, programSubject } from './random-programs.ts'

function worker(subject: Explorable): Worker {
  const runner = new TaskRunner(subject)
  return {
    run: async (task) => {
      await Promise.resolve()
      return runner.run(task)
    },
  }
}

/** With as many workers, each with a system of its own. */
async function together(
  count: number,
  options: InPartsOptions,
  subject: () => Explorable,
): Promise<Exploration | undefined> {
  const workers = Array.from({ length: count }, () => worker(subject()))
  return exploreInParts(subject(), options, workers)
}

/** As a file would keep it. */
const kept = ({ table, ...rest }: SavedExploration): SavedExploration => ({
  ...(JSON.parse(JSON.stringify(rest)) as SavedExploration),
  ...(table === undefined ? {} : { table }),
})

const verdict = (result: Exploration | undefined) => result && [result.words, result.violations, result.schedules]

describe('1, 2 and 3 workers', () => {
  test('states: complete within the bound, and as many states as one alone visits', async () => {
    const options = { preemptions: 3 }
    const alone = exploreSubject(closeWhileWriting(), options)
    const result = await together(2, options, closeWhileWriting)
    expect([result?.words, result?.violations, result?.states]).toEqual([alone.words, [], alone.states])
    expect(result?.workers).toBe(2)
  })

  test('random programs: states are complete as of one alone, and the schedules of dfs are its', async () => {
    await fc.assert(
      fc.asyncProperty(program, fc.integer({ min: 1, max: 3 }), async (acts, count) => {
        const subject = (): Explorable => programSubject(acts)
        const states = await together(count, {}, subject)
        // Each decides by itself who has to go first, so there may be some more or fewer.
        const some = exploreSubject(subject()).states > 0
        expect([states?.words, (states?.states ?? 0) > 0]).toEqual(['complete', some])
        const dfs = { strategy: 'dfs' } as const
        expect(verdict(await together(count, dfs, subject))).toEqual(verdict(exploreSubject(subject(), dfs)))
      }),
      { numRuns: 40, seed: 20_261_128 },
    )
  })

  test.each(['random', 'pct'] as const)(
    '%s: the counts and the first counterexample of one alone',
    async (strategy) => {
      const options = { strategy, schedules: 70, seed: 3, shrink: false }
      const broken = (): Explorable => closeWhileWriting('G1')
      for (const subject of [closeWhileWriting, broken]) {
        const alone = exploreSubject(subject(), options)
        expect(alone.violations).toHaveLength(subject === broken ? 1 : 0)
        for (const count of [1, 2, 3]) expect(verdict(await together(count, options, subject))).toEqual(verdict(alone))
      }
    },
  )

  test('dfs: the first counterexample of one alone; states: that there is one', async () => {
    const broken = (): Explorable => closeWhileWriting('G1')
    const dfs = { strategy: 'dfs', preemptions: 1, shrink: false } as const
    const alone = exploreSubject(broken(), dfs)
    expect(alone.violations).toHaveLength(1)
    for (const count of [1, 2, 3]) {
      expect((await together(count, dfs, broken))?.violations).toEqual(alone.violations)
      expect(await together(count, { preemptions: 1 }, broken)).toBeUndefined()
    }
  })
})

test('dpor is refused', () => {
  expect(() => new ExplorationInParts(closeWhileWriting(), { strategy: 'dpor' }, [])).toThrow(
    expect.objectContaining({ code: 'EXPLORE_WORKERS' }),
  )
})

/** Three threads on shared cells: its searches cost milliseconds. */
const PROGRAM: Program = [0, 1, 2].map((cell) => [
  { kind: 'write', cell },
  { kind: 'read', cell: (cell + 1) % 3 },
  { kind: 'write', cell: (cell + 2) % 3 },
])
const small = (): Explorable => programSubject(PROGRAM)

test('a table that is too small grows, and nothing is lost', async () => {
  const options = { places: 20 }
  const alone = exploreSubject(small())
  const result = await together(2, options, small)
  expect([result?.words, result?.states]).toEqual([alone.words, alone.states])
  expect(alone.states).toBeGreaterThan(4 * 16)
})

/** In the middle of a part, after so many runs of it. */
function stopping(subject: Explorable, runs: number, control: PartControl): Explorable {
  let begun = 0
  return {
    digest: subject.digest,
    groupClasses: subject.groupClasses,
    begin: (log) => {
      if (++begun === runs) control.stop()
      return subject.begin(log)
    },
    replay: (schedule) => subject.replay(schedule),
  }
}

describe('stopped and gone on with', () => {
  type Pieces = readonly [pieces: number, result: Exploration | undefined]

  /** Stopped after every few parts; by other numbers of workers each time. */
  async function inPieces(subject: () => Explorable, options: InPartsOptions, every: number): Promise<Pieces> {
    let resume: SavedExploration | undefined
    for (let pieces = 1; ; pieces++) {
      const control = new PartControl()
      let told = 0
      const workers = Array.from({ length: 1 + (pieces % 3) }, () => {
        const { run } = worker(subject())
        return {
          run: async (task: Task) => {
            if (++told > every) control.stop()
            return run(task)
          },
        }
      })
      const asked = { ...options, control, ...(resume === undefined ? {} : { resume }) }
      const exploration = new ExplorationInParts(subject(), asked, workers)
      const result = await exploration.explore()
      const saved = exploration.save()
      if (saved === undefined) return [pieces, result]
      expect([result?.stopped, result?.coverage]).toEqual([true, 'sampled'])
      resume = kept(saved)
    }
  }

  test.each([
    [{ strategy: 'states', preemptions: 3 }, 6],
    [{ strategy: 'dfs', preemptions: 3 }, 12],
    [{ strategy: 'random', schedules: 64 }, 20],
    [{ strategy: 'pct', schedules: 64 }, 20],
  ] as const)('%j: the words and counts of one that was not stopped', async (options, every) => {
    const [pieces, result] = await inPieces(small, options, every)
    expect(pieces).toBeGreaterThan(1)
    const whole = await together(2, options, small)
    expect(verdict(result)).toEqual(verdict(whole))
    expect(result?.states).toBe(whole?.states)
  })

  test('the first counterexample of one that was not stopped', async () => {
    const broken = (): Explorable => closeWhileWriting('G1')
    const dfs = { strategy: 'dfs', preemptions: 1, shrink: false } as const
    const [, result] = await inPieces(broken, dfs, 1)
    expect(result?.violations).toEqual(exploreSubject(broken(), dfs).violations)
  })

  test.each([
    [{ strategy: 'states', preemptions: 3 }, 33],
    [{ strategy: 'dfs', preemptions: 3 }, 150],
    [{ strategy: 'random', schedules: 200 }, 33],
  ] as const)('%j: a part that was begun goes on where it was', async (options, runs) => {
    const control = new PartControl()
    const first = new ExplorationInParts(small(), { ...options, control }, [worker(stopping(small(), runs, control))])
    await first.explore()
    const saved = first.save()
    const isBegun =
      options.strategy === 'states' ? saved?.parts?.parts : saved?.parts?.parts?.filter(({ rest }) => rest)
    expect(isBegun?.length).toBeGreaterThan(0)
    const resume = kept(saved as SavedExploration)
    const result = await new ExplorationInParts(small(), { ...options, resume }, [worker(small())]).explore()
    expect(verdict(result)).toEqual(verdict(await together(1, options, small)))
  })

  test.each([
    [{ strategy: 'states', preemptions: 3 }, 65],
    [{ strategy: 'states', preemptions: 3 }, 25],
    [{ strategy: 'dfs', preemptions: 3 }, 25],
    [{ strategy: 'random', schedules: 60 }, 25],
  ] as const)('%j: several go on with what one made alone, stopped after %i runs', async (options, runs) => {
    let looks = 0
    const run = new ExplorationRun(small(), { ...options, lookEvery: 1, stop: () => ++looks >= runs })
    run.advance()
    const resume = kept(run.save() as SavedExploration)
    const result = await together(2, { ...options, resume }, small)
    const alone = exploreSubject(small(), options)
    expect([verdict(result), result?.states]).toEqual([verdict(alone), alone.states])
  })

  test.each(['states', 'dfs'] as const)(
    '%s: several go on with what one made alone of lists in several orders',
    async (strategy) => {
      const subject = (): Explorable =>
        kernelSubject([
          [{ kind: 'reorder', joined: false }],
          [
            { kind: 'reorder', joined: false },
            { kind: 'write', cell: 0, joined: false },
          ],
          [{ kind: 'read', cell: 0, joined: false }],
        ])
      const options = { strategy, learn: false, outcomes: true }
      const alone = exploreSubject(subject(), options)
      for (let runs = 2; ; runs += 5) {
        let looks = 0
        const run = new ExplorationRun(subject(), { ...options, lookEvery: 1, stop: () => ++looks >= runs })
        run.advance()
        const saved = run.save()
        if (saved === undefined) break
        const result = await together(2, { ...options, resume: kept(saved) }, subject)
        expect([result?.words, [...(result?.outcomes.keys() ?? [])].sort()]).toEqual([
          alone.words,
          [...alone.outcomes.keys()].sort(),
        ])
      }
    },
  )

  test.each([
    { strategy: 'states', preemptions: 3 },
    { strategy: 'dfs', preemptions: 3 },
  ] as const)('%j: stopped before anybody has begun, it is begun anew', async (options) => {
    const control = new PartControl()
    control.stop()
    const stopped = new ExplorationInParts(small(), { ...options, control }, [worker(small())])
    expect(await stopped.explore()).toMatchObject({ stopped: true, coverage: 'sampled' })
    const saved = stopped.save()
    expect(saved?.parts?.parts).toBeNull()
    const resume = kept(saved as SavedExploration)
    const result = await together(2, { ...options, resume }, small)
    expect(verdict(result)).toEqual(verdict(await together(2, options, small)))
  })

  test('while the tree is cut others get their turn', async () => {
    let turns = 0
    const options = { strategy: 'dfs', preemptions: 3 } as const
    const breathing = { ...options, pause: () => true, breathe: () => Promise.resolve(turns++) }
    const result = await together(1, breathing, small)
    expect(turns).toBeGreaterThan(3)
    expect(verdict(result)).toEqual(verdict(await together(1, options, small)))
  })
})

describe('a worker that dies', () => {
  const dying = (after: number): Worker => {
    const { run } = worker(small())
    let parts = 0
    return {
      run: (task) => (++parts > after ? Promise.reject(new Error(`dead after ${after}`)) : run(task)),
    }
  }

  test.each([
    { strategy: 'dfs', preemptions: 3 },
    { strategy: 'random', schedules: 64 },
  ] as const)('%j: its part is done by another', async (options) => {
    const workers = [dying(2), worker(small()), dying(0)]
    const exploration = new ExplorationInParts(small(), options, workers)
    const result = await exploration.explore()
    expect(verdict(result)).toEqual(verdict(exploreSubject(small(), options)))
    expect(exploration.deaths).toHaveLength(2)
  })

  test('with no other left, and where they share their states, it is an error', async () => {
    const dfs = { strategy: 'dfs', preemptions: 3 } as const
    await expect(exploreInParts(small(), dfs, [dying(2), dying(1)])).rejects.toThrow('dead after')
    const states = exploreInParts(small(), { preemptions: 3 }, [dying(1), worker(small())])
    await expect(states).rejects.toThrow('dead after 1')
  })
})
