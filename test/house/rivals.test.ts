// What other checkers print, as the benchmarks read it (bench/rivals.js).
import { describe, expect, it } from 'vitest'
import { childTime, readGenmc, readRounds, reasonOf } from '../../bench/rivals.js'

describe('readRounds', () => {
  it('reads a round from each line of JSON, and leaves out what the checker says beside it', () => {
    const line = '{"runs":199,"failed":false,"nanoseconds":8449836,"outcomes":["reset: 2"]}'
    const round = { runs: 199, failed: false, nanoseconds: 8449836, outcomes: ['reset: 2'] }
    expect(readRounds(`${line}\ntest panicked in task 'task-4'\n${line}\n`)).toEqual([round, round])
  })

  it('refuses a text without a round', () => {
    expect(() => readRounds('Segmentation fault')).toThrow('no round was told: Segmentation fault')
  })
})

describe('childTime', () => {
  it('adds user space and kernel of the children, not of the shell', () => {
    expect(childTime('done\n0m0.01s 0m0.02s\n1m2.50s 0m0.25s\n')).toBe(62.75e9)
  })

  it('refuses a text without times', () => {
    expect(() => childTime('done')).toThrow('the shell does not say how long it took: done')
  })
})

describe('readGenmc', () => {
  it('reads the executions of a program without errors', () => {
    const text = 'No errors were detected.\nNumber of complete executions explored: 662\nTotal wall-clock time: 0.49s\n'
    expect(readGenmc(text)).toEqual({ executions: 662, blocked: 0, failed: false })
  })

  it('reads the executions before an error, and those that were blocked', () => {
    const text =
      'Assertion violation: !dark\n*** Verification unsuccessful.\n' +
      'Number of complete executions explored: 4411\nNumber of blocked executions seen: 1\n'
    expect(readGenmc(text)).toEqual({ executions: 4411, blocked: 1, failed: true })
  })

  it('refuses what a compiler says that was not satisfied', () => {
    expect(() => readGenmc('1 error generated.')).toThrow('genmc does not say what it explored: 1 error generated.')
  })
})

describe('a checker that cannot be had', () => {
  it('is left out with the first line in which cargo says why', () => {
    const text = 'warning: unused\nerror: no matching package named `loom` found\nlocation searched: here\n'
    expect(reasonOf(text)).toBe('no matching package named `loom` found')
    expect(reasonOf('error[E0282]: type annotations needed\n')).toBe('type annotations needed')
    expect(reasonOf('')).toBe('cargo does not say why not')
  })
})
