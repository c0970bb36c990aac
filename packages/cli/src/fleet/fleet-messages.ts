/** What the threads of a fleet say to each other. */
import type { AnswerCounts } from '@barter/inspect'
import type { FleetRow, RowOptions } from './fleet-row.ts'

export type ToWorker =
  | { readonly kind: 'file'; readonly file: string; readonly options: RowOptions }
  /** `undefined`: nobody has counted yet. */
  | { readonly kind: 'answers'; readonly answers: AnswerCounts | undefined }

export type FromWorker =
  | { readonly kind: 'shape'; readonly shape: string }
  | { readonly kind: 'counted'; readonly shape: string; readonly answers: AnswerCounts }
  | { readonly kind: 'row'; readonly row: FleetRow }
