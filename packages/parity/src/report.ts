/** What became of all recordings together, as one JSON document. */
import type { ReasonId } from './not-comparable.ts'
import { REASONS } from './not-comparable.ts'
import type { JsonObject, Recording } from './recording.ts'
import type { StepVerdict } from './replay.ts'

export interface ParityReport {
  readonly schema: 'barter.parity/1'
  readonly files: number
  readonly steps: number
  readonly compared: number
  readonly agreed: number
  /** Counts of steps; they and `compared` make `steps`. */
  readonly notComparable: readonly { readonly op: string; readonly reason: string; readonly count: number }[]
  readonly differences: readonly Difference[]
}

export interface Difference {
  readonly file: string
  /** Index within `steps` of the recording, from 0. */
  readonly step: number
  readonly op: string
  /** Fields of `saw` that differ. */
  readonly expected: JsonObject
  readonly got: JsonObject
  /** Rule of behaviour.md that decided in the model, or those the recording is about. */
  readonly rule: string
}

export interface Replayed {
  readonly file: string
  readonly recording: Recording
  /** One a step. */
  readonly verdicts: readonly StepVerdict[]
}

export function parityReport(replayed: readonly Replayed[]): ParityReport {
  const counts = new Map<string, { op: string; reason: ReasonId; count: number }>()
  const differences: Difference[] = []
  let steps = 0
  let agreed = 0
  for (const { file, recording, verdicts } of replayed) {
    for (const [step, verdict] of verdicts.entries()) {
      const op = recording.steps[step]?.op ?? ''
      steps++
      if (verdict.kind === 'agreed') agreed++
      else if (verdict.kind === 'different') {
        const { expected, got, rule } = verdict
        differences.push({ file, step, op, expected, got, rule })
      } else count(counts, op, verdict.reason)
    }
  }
  const compared = agreed + differences.length
  const notComparable = [...counts.values()]
    .sort((a, b) => order(a.op, b.op) || order(a.reason, b.reason))
    .map(({ op, reason, count }) => ({ op, reason: `${reason}: ${REASONS[reason].why}`, count }))
  return { schema: 'barter.parity/1', files: replayed.length, steps, compared, agreed, notComparable, differences }
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function count(
  counts: Map<string, { op: string; reason: ReasonId; count: number }>,
  op: string,
  reason: ReasonId,
): void {
  const key = `${op} ${reason}`
  const known = counts.get(key)
  if (known === undefined) counts.set(key, { op, reason, count: 1 })
  else known.count++
}
