/** What the borrower plays, said by each import. */
import type { JsonSchema, StepValue } from '@barter/core'

export const MANNERS = [
  /** Unmaps in its callback. */
  'inline',
  /** Unmaps from a thread of its own, some time after it was told. */
  'worker',
  /** As worker, as soon as it can. */
  'prompt',
  /** Unmaps in its callback, and has work under way that a fence stands for. */
  'fence',
  /** As inline, and tries to map again at once, in the same place. */
  'greedy',
  /** Attaches without operations. */
  'static',
  /** Attaches with operations, and without a callback. */
  'no-callback',
  /** Declares that it does no peer to peer. */
  'not-peer-to-peer',
] as const
export type Manner = (typeof MANNERS)[number]

/** How long worker and fence take. **Units** ticks. */
export const LATE_TICKS = 3000

export const mannerOptions: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    manner: { enum: MANNERS, default: 'inline', description: 'how it takes it when it is told to let go' },
  },
}

export const readManner = (given: Readonly<Record<string, StepValue>>): Manner =>
  MANNERS.find((manner) => manner === given.manner) ?? 'inline'
