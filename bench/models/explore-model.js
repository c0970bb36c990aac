// The revoke model explored to its end, as a process of its own: `node explore-model.js IMPORTERS [broken] [dpor]`.
import { depthFirst, dpor } from '@barter/explore'
import { revokeModel } from './revoke-model.js'

const [importers = '4', ...words] = process.argv.slice(2)
const model = { importers: Number(importers), broken: words.includes('broken') }
const { complete, found, schedules, states } = words.includes('dpor')
  ? dpor(revokeModel({ ...model, order: 'lock' }))
  : // The protocol as the model has it: every state of it.
    depthFirst(revokeModel(model), { match: true, joins: false, singles: false })
console.log(JSON.stringify({ complete, errors: found.length, schedules, states: states?.count }))
