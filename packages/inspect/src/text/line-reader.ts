/** A reader of one kind of text. Every line is offered to each reader in turn until one takes it. */
import type { MachineFacts } from '../machine/machine-facts.ts'
import type { UsageError } from '@barter/core'
import type { TextLine } from './text-line.ts'

export interface LineReader {
  /** **Shape** true: the line is this reader's, and no other gets it. */
  take(line: TextLine): boolean
  /** Something of its kind has been found. */
  readonly found: boolean
  /** After the last line: what was found, and nothing for nothing. */
  end(): readonly MachineFacts[]
  /** Why what was found is not enough for a machine, and what to collect instead. */
  tooLittle?(): UsageError | undefined
}
