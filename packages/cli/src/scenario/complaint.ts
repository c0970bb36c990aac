/** One mistake in a scenario, with its place and what to do about it. */
import type { UsageError } from '@barter/core'
import { scenarioInvalid } from '../errors.ts'
import { wrapAfter } from '../render/wrap.ts'
import { type DataPath, formatPath, type ScenarioSource } from './source.ts'

export interface Complaint {
  readonly path: DataPath
  /** The mistake is the key, not the value behind it. */
  readonly atKey?: boolean
  /** The mistake is that this key is not there. */
  readonly missing?: string
  readonly message: string
  readonly hint?: string | undefined
}

/** More than this helps nobody: the first few mistakes often make the others. */
const MOST = 5

/** All of them as one error, in the order of the text. */
export function complaintError(source: ScenarioSource, complaints: readonly Complaint[]): UsageError {
  const placed = complaints.map((complaint) => ({ complaint, place: placeOf(source, complaint) }))
  placed.sort((a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0))
  const text = placed.slice(0, MOST).map(({ complaint }) => formatComplaint(source, complaint))
  return scenarioInvalid(text.join('\n\n'), complaints.length - text.length)
}

/**
 * The mistake as people read it:
 *
 * ```text
 * flr.yaml:14:7 unknown step reeset
 *   14 |     - reeset: nvme
 *      |       ^
 *   did you mean reset?
 * ```
 */
function formatComplaint(source: ScenarioSource, complaint: Complaint): string {
  const place = placeOf(source, complaint)
  const where =
    place === undefined
      ? `${source.name}, ${formatPath(complaint.path)}:`
      : `${source.name}:${place.line}:${place.column}`
  const lines = [wrapAfter('', `${where} ${complaint.message}`, COLUMNS)]
  const text = place === undefined ? undefined : source.line(place.line)
  if (place !== undefined && text !== undefined) lines.push(...frame(text, place.line, place.column))
  if (complaint.hint !== undefined) lines.push(wrapAfter('  ', complaint.hint, COLUMNS))
  return lines.join('\n')
}

/** As every error is written. */
const COLUMNS = 78
/** Characters of a line that are shown. */
const SHOWN = 70

/** The line, cut to what fits, and a mark below the column. */
function frame(text: string, line: number, column: number): string[] {
  const from = column > SHOWN ? column - SHOWN / 2 : 0
  const visible = text.slice(from, from + SHOWN).replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ')
  const gutter = `  ${line} | `
  return [`${gutter}${visible}`.trimEnd(), `${' '.repeat(gutter.length - 2)}| ${' '.repeat(column - 1 - from)}^`]
}

const placeOf = (source: ScenarioSource, { path, atKey }: Complaint) =>
  atKey === true ? source.keyPlace(path) : source.place(path)
