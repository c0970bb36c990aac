/** Values of recordings, and values of outcomes as a recording would write them. */
import type { StepValue } from '@barter/core'
import type { Json, JsonObject } from './recording.ts'
import type { Done } from './word.ts'

export const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '')

/** **Shape** a number, or hex text below 2^53. */
export const number = (value: Json | undefined): number => (typeof value === 'number' ? value : Number(text(value)))

export const list = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : []

export const object = (value: Json | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}

/** A u64 of a recording: hex text, or a plain number. */
export const u64 = (value: Json | undefined): bigint => BigInt(typeof value === 'number' ? value : text(value) || '0')

/** Hex text as recordings write it; what is no number stays as it is. */
export function hexText(value: Json | undefined): Json {
  return typeof value === 'number' ? `0x${value.toString(16)}` : (value ?? null)
}

/** A value of an outcome as JSON: numbers stay numbers, u64 become hex text. */
function toJson(value: StepValue | undefined): Json {
  if (value === undefined || value === null) return null
  if (typeof value === 'bigint') return `0x${value.toString(16)}`
  if (Array.isArray(value)) return value.map((one: StepValue) => toJson(one))
  if (typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, toJson(one)]))
}

/** The fields of an outcome's value, if it has any. */
export function fieldsOf(done: Done | undefined): JsonObject {
  return done?.result.kind === 'ok' ? object(toJson(done.result.value)) : {}
}
