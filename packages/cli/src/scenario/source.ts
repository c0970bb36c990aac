/** A scenario as it was written: a value, and for each part of it the place in the text. */
import type { SourcePlace } from '@barter/core'

/** Keys and indices from the root: `['actors', 'vmm', 2, 'bar']`. */
export type DataPath = readonly (string | number)[]

export interface ScenarioSource {
  /** As the person named it, for messages. */
  readonly name: string
  /** Folder that paths in the scenario start from. */
  readonly folder: string
  readonly value: unknown
  /** Where a part is written; its nearest ancestor when it is not there. `undefined` for modules. */
  place(path: DataPath): SourcePlace | undefined
  /** Where the key of a part is written. */
  keyPlace(path: DataPath): SourcePlace | undefined
  /** A line of the text, counted from 1. */
  line(number: number): string | undefined
}

/** `actors.vmm[2].bar`, for a source without places. */
export function formatPath(path: DataPath): string {
  if (path.length === 0) return 'the scenario'
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('')
}
