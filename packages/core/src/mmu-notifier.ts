/** Who copied translations of a CPU mapping elsewhere and must hear when they go (MM-4, MM-9). */
import type { Op } from './op.ts'

export interface MmuNotifier {
  readonly name: string
  /** Drop every copy, and make none until `end`. Runs before the translations themselves go. */
  begin(): Op<void>
  end(): void
}
