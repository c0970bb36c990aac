/** Hold what a machine did against what was recorded, leaving out what the table of not-comparable.ts says. */
import { list, object } from './json-value.ts'
import type { Json, JsonObject } from './recording.ts'
import type { Seen } from './word.ts'

/** Fields that differ, in the words of the recording; nothing when they agree. */
export interface Divergence {
  readonly expected: JsonObject
  readonly got: JsonObject
}

/** **Shape** `expected` is the recorded `saw`. */
export function compareStep(
  op: string,
  expected: JsonObject,
  seen: Extract<Seen, { saw: JsonObject }>,
): Divergence | undefined {
  const wanted = comparable(op, seen.alike?.(expected) ?? expected)
  const got = comparable(op, seen.saw)
  const keys = [...new Set([...Object.keys(wanted), ...Object.keys(got)])]
  const different = keys.filter((key) => !sameJson(wanted[key], got[key]))
  return different.length === 0 ? undefined : { expected: pick(wanted, different), got: pick(got, different) }
}

/** The parts of a `saw` that can be compared. */
export function comparable(op: string, saw: JsonObject): JsonObject {
  const { in: _function, fault: _fault, then, ...all } = saw
  const rest = withoutChoice(op, all)
  return {
    ...rest,
    ...(then === undefined ? {} : { then: comparable(op, object(then)) }),
    ...(rest.addressKind === 'iova' ? { entries: list(rest.entries).map(withoutAddress) } : {}),
    ...(op === 'regionInfo' && rest.flags !== undefined
      ? { flags: list(rest.flags).filter((flag) => flag !== 'caps') }
      : {}),
  }
}

/** What the kernel, or the width of its IOMMU, decided: only that it did is comparable. */
function withoutChoice(op: string, saw: JsonObject): JsonObject {
  if (op === 'ioasRanges') {
    const { ranges: _ranges, ...rest } = saw
    return rest
  }
  return PLACING.includes(op) && typeof saw.iova === 'string' ? { ...saw, iova: 'somewhere' } : saw
}

const PLACING = ['iommufdMapFile', 'iommufdMap', 'iommufdCopy']

function withoutAddress(entry: Json): Json {
  const { address: _address, ...rest } = object(entry)
  return rest
}

/** Equal as values; the order of keys says nothing, that of lists does. Hex text in any case of letters. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true
  if (typeof a === 'string' && typeof b === 'string') return /^0x/i.test(a) && a.toLowerCase() === b.toLowerCase()
  if (Array.isArray(a) && Array.isArray(b)) {
    const [left, right] = [list(a), list(b)]
    return left.length === right.length && left.every((one, i) => sameJson(one, right[i]))
  }
  if (!isRecord(a) || !isRecord(b)) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
}

const isRecord = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const pick = (from: JsonObject, keys: readonly string[]): JsonObject =>
  Object.fromEntries(keys.flatMap((key) => (from[key] === undefined ? [] : [[key, from[key]]])))
