/** One operation of recordings: how it is said to a machine of Barter, and how the answer is put as `saw`. */
import type { Step, StepResult, StepValue, TraceEvent } from '@barter/core'
import type { Json, JsonObject, RecordedStep } from './recording.ts'
import type { Stage } from './stage.ts'

/** A step of the scenario without what only a person needs. */
export type PlainStep = Pick<Step, 'verb' | 'target'> & { readonly args?: Step['args']; readonly as?: string }

/** What a machine made of one step. */
export interface Done {
  readonly result: StepResult
  /** Events of the step, of any thread, in order. */
  readonly events: readonly TraceEvent[]
}

export interface Word {
  /** The steps that say it, in order. Names are looked up and made on the stage. */
  say(step: RecordedStep, stage: Stage): readonly PlainStep[]
  /** What was seen, in the words of a recording. `done` has one entry a step that was said. */
  saw(done: readonly Done[], step: RecordedStep, stage: Stage): JsonObject
}

/** A value of a step's outcome as JSON: numbers of bytes stay numbers, u64 become hex text. */
export function toJson(value: StepValue | undefined): Json {
  if (value === undefined || value === null) return null
  if (typeof value === 'bigint') return `0x${value.toString(16)}`
  if (Array.isArray(value)) return value.map((one: StepValue) => toJson(one))
  if (typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, toJson(one)]))
  }
  return value as Json
}

/** The fields of an outcome's value, if it has any. */
export function fieldsOf(done: Done | undefined): JsonObject {
  const value = done?.result.kind === 'ok' ? toJson(done.result.value) : null
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}

/** `{ok: true}`, `{errno}` or, for what has no counterpart in a recording, `{unexpected}`. */
export function plainSaw(done: Done | undefined): JsonObject {
  const result = done?.result
  switch (result?.kind) {
    case 'ok':
      return { ok: true }
    case 'errno':
      return { errno: result.errno }
    case 'error':
      return { unexpected: result.status }
    case 'blocked':
      return { unexpected: `blocked: ${result.why}` }
    default:
      return { unexpected: result?.kind ?? 'nothing' }
  }
}

/** The first answer that is no success, or the last one. */
export function worst(done: readonly Done[]): Done | undefined {
  return done.find((one) => one.result.kind !== 'ok') ?? done.at(-1)
}

/** A word that one step says. `args` picks the arguments that go along. */
export function oneStep(
  verb: string,
  target: (step: RecordedStep, stage: Stage) => string,
  args: (step: RecordedStep, stage: Stage) => Step['args'] = () => ({}),
  more: (done: Done, step: RecordedStep, stage: Stage) => JsonObject = () => ({}),
): Word {
  return {
    say: (step, stage) => [{ verb, target: target(step, stage), args: args(step, stage) }],
    saw: ([done], step, stage) => ({
      ...plainSaw(done),
      ...(done?.result.kind === 'ok' ? more(done, step, stage) : {}),
    }),
  }
}

export const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '')
export const number = (value: Json | undefined): number => (typeof value === 'number' ? value : Number(text(value)))
export const list = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : []
/** Hex text as recordings write it. */
export const hexOf = (value: Json | undefined): Json =>
  typeof value === 'number' ? `0x${value.toString(16)}` : (value ?? null)
