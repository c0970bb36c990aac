/** One operation of recordings: how it is said to a machine of Barter, and how the answer is put as `saw`. */
import type { Step, StepResult, TraceEvent } from '@barter/core'
import type { JsonObject, RecordedStep } from './recording.ts'
import type { ReasonId } from './not-comparable.ts'
import type { Stage } from './stage.ts'

/** A step of the scenario without what only a person needs. */
export type PlainStep = Pick<Step, 'verb' | 'target'> & { readonly args?: Step['args']; readonly as?: string }

/** What a machine made of one step. */
export interface Done {
  readonly result: StepResult
  /** Events of the step, of any thread, in order. */
  readonly events: readonly TraceEvent[]
  /** Virtual time; absent when it was not begun, or did not return. */
  readonly started?: number
  readonly ended?: number
}

/** What was seen in the words of a recording, or why there is nothing to hold against it. */
export type Seen =
  | {
      readonly saw: JsonObject
      /** The recorded `saw` as we would have written it, where it differs only in what nothing orders. */
      readonly alike?: (expected: JsonObject) => JsonObject
    }
  | { readonly notComparable: ReasonId }

/** What one operation came to in the scenario. */
export interface Said {
  /** The steps that say it, in order. */
  readonly steps: readonly PlainStep[]
  /** **Shape** `done` has one entry for each of `steps`; `of` gives those of another thread that it started. */
  saw(done: readonly Done[], of: (actor: string) => readonly Done[]): Seen
}

/** Say an operation. Names are looked up and made on the stage. */
export type Word = (step: RecordedStep, stage: Stage) => Said

export const saw = (saw: JsonObject): Seen => ({ saw })

/** `{ok: true}`, `{errno}`, `{signal}` or, for what has no counterpart in a recording, `{unexpected}`. */
export function plainSaw(done: Done | undefined): JsonObject {
  const result = done?.result
  switch (result?.kind) {
    case 'ok':
      return { ok: true }
    case 'errno':
      return { errno: result.errno }
    case 'signal':
      return { signal: result.signal }
    case 'error':
      return { unexpected: result.status }
    case 'blocked':
      return { unexpected: `blocked: ${result.why}` }
    case 'not-reached':
      return { unexpected: `not reached: ${result.why ?? 'the step before did not return'}` }
    default:
      return { unexpected: result?.kind ?? 'nothing' }
  }
}

/** Went well, as one can only say of a step that returned. */
export const isOk = (done: Done | undefined): boolean => done?.result.kind === 'ok'

/** The first answer that is no success, or the last one. */
export const worst = (done: readonly Done[]): Done | undefined => done.find((one) => !isOk(one)) ?? done.at(-1)

/** A word that is one step. `more` gives the fields that a success carries beside `ok`. */
export function oneStep(
  plain: (step: RecordedStep, stage: Stage) => PlainStep,
  more: (done: Done, step: RecordedStep) => JsonObject = () => ({}),
): Word {
  return (step, stage) => ({
    steps: [plain(step, stage)],
    saw: ([done]) => saw({ ...plainSaw(done), ...(done !== undefined && isOk(done) ? more(done, step) : {}) }),
  })
}
