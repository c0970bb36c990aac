/** One word for registers that were saved, for explorers. */
import { mixA, type SavedState } from '@barter/core'

export const savedWord = (saved: SavedState | undefined): number =>
  saved === undefined ? 0 : saved.values.reduce((word, value) => mixA(word, value), 1)
