// The revoke model on the real plugins with many importers: minutes, so it runs only when it is asked for.
import { complete } from '../complete.js'
import { manyImporters } from '../models/many-importers.js'

const IMPORTERS = [4, 6, 8]

export function run() {
  return IMPORTERS.map(
    (importers) =>
      complete(`importers-${importers}`, () => manyImporters(importers), {
        rounds: 1,
        warmUp: 0,
        goal: importers === 8 ? '60 s' : 'none',
      }).result,
  )
}
