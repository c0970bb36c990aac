// A recording that says something else at one step differs at that step and nowhere else: nothing that was seen leads
// the replay, and nothing that can be compared is passed over.
import { join } from 'node:path'
import { type JsonObject, type Recording, replayRecording, type StepVerdict } from '@barter/parity'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { recordingsIn, simulator } from './recordings.ts'

const found = recordingsIn(join(import.meta.dirname, '..', '..', 'examples', 'recordings')) ?? []

/** Another answer than was seen: a refusal, or a field that says something else. */
function otherwise(saw: JsonObject, pick: number): JsonObject {
  const fields = Object.keys(saw).filter((key) => !LEFT_OUT.includes(key))
  const field = fields[pick % fields.length] ?? 'ok'
  const value = saw[field]
  if (typeof value === 'number') return { ...saw, [field]: value + 1 }
  if (typeof value === 'boolean' && field !== 'ok') return { ...saw, [field]: !value }
  if (field === 'events' && Array.isArray(value)) return { ...saw, events: [...(value as readonly string[]), 'mapped'] }
  return field === 'errno' ? { ...saw, errno: 'ENOSPC' } : { errno: 'ENOSPC' }
}

/** Fields that are not compared, or not always. */
const LEFT_OUT = ['in', 'fault', 'entries', 'translation', 'log', 'then']

function changed(recording: Recording, at: number, pick: number): Recording {
  const steps = recording.steps.map((step, i) => (i === at ? { ...step, saw: otherwise(step.saw, pick) } : step))
  return { ...recording, steps }
}

const differing = (verdicts: readonly StepVerdict[]): number[] =>
  verdicts.flatMap(({ kind }, i) => (kind === 'different' ? [i] : []))

describe('a recording with one changed answer', () => {
  const comparable = new Map<string, number[]>()

  beforeAll(async () => {
    for (const { file, recording } of found) {
      const verdicts = await replayRecording(recording, simulator)
      comparable.set(
        file,
        verdicts.flatMap(({ kind }, i) => (kind === 'agreed' ? [i] : [])),
      )
    }
  }, 60_000)

  test('differs there and nowhere else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), fc.nat(), async (which, where, pick) => {
        const one = found[which % found.length]
        if (one === undefined) throw new Error('there are no recordings')
        const steps = comparable.get(one.file) ?? []
        const at = steps[where % steps.length] ?? 0
        expect(differing(await replayRecording(changed(one.recording, at, pick), simulator))).toEqual([at])
      }),
      { numRuns: 60 },
    )
  }, 120_000)
})
