import { describe, expect, test } from 'vitest'
import { renderParity } from '../src/render.ts'
import { parityReport } from '../src/report.ts'
import { recordingWith } from './a-recording.ts'

const recording = recordingWith([
  { op: 'bind', device: 'exporter' },
  { op: 'reset', device: 'exporter' },
  { op: 'openGroup' },
])
const replayed = {
  file: 'small.json',
  recording,
  verdicts: [
    { kind: 'agreed' },
    { kind: 'different', rule: 'TRG-9', expected: { ok: true }, got: { errno: 'ENOTTY' } },
    { kind: 'not-comparable', reason: 'container-kind' },
  ],
} as const

describe('the report', () => {
  test('every step is agreed, different or not comparable, and counted once', () => {
    const report = parityReport([replayed, replayed])
    expect(report).toMatchObject({ schema: 'barter.parity/1', files: 2, steps: 6, compared: 4, agreed: 2 })
    expect(report.notComparable).toEqual([
      { op: 'openGroup', reason: expect.stringMatching(/^container-kind: /) as string, count: 2 },
    ])
    expect(report.differences[0]).toEqual({
      file: 'small.json',
      step: 1,
      op: 'reset',
      expected: { ok: true },
      got: { errno: 'ENOTTY' },
      rule: 'TRG-9',
    })
  })

  test('for a person, a difference is shown side by side with its rule, in any width', () => {
    expect(renderParity(parityReport([replayed]), 80))
      .toBe(`1 recording, 3 steps: 2 compared, 1 agree, 1 differ; 1 not comparable
  1 openGroup: container-kind: a mapping that was refused left nothing that a
    scenario could unmap

small.json, step 1, reset (TRG-9)
         the kernel                          the model
  ok     true                                -
  errno  -                                   ENOTTY
`)
    for (const columns of [40, 60, 120]) {
      const lines = renderParity(parityReport([replayed]), columns).split('\n')
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns)
    }
  })
})
