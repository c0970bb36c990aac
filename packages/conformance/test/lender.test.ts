/** The lender of the kit is an exporter like any other, and its borrower an importer. */
import { borrower, describeExporter, describeImporter, lender } from '../src/index.ts'

describeExporter({
  plugin: () => lender({ pins: 'counts' }),
  driver: 'lender',
  takes: [{ name: 'revoke', words: [{ verb: 'revoke' }], back: [{ verb: 'restore' }] }],
})

describeImporter({
  plugin: () => borrower(),
  driver: 'borrower',
  name: 'borrower, by a worker',
  options: { manner: 'worker' },
})
describeImporter({
  plugin: () => borrower(),
  driver: 'borrower',
  name: 'borrower, with fences',
  options: { manner: 'fence' },
})
