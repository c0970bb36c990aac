import type { Explorable } from '@barter/core'

export function manyImporters(
  importers: number,
  options?: { readonly driver?: string; readonly resets?: boolean },
): Explorable
