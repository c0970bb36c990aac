import type { Explorable } from '@barter/core'

export function manyImporters(importers: number): Explorable
