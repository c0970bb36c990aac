// The revoke model explored to its end, as a process of its own: `node explore-model.js IMPORTERS [broken]`.
import { depthFirst } from '@barter/explore'
import { revokeModel } from './revoke-model.js'

const [importers = '4', broken] = process.argv.slice(2)
const { complete, found, states } = depthFirst(
  revokeModel({ importers: Number(importers), broken: broken === 'broken' }),
  // The protocol as the model has it: every state of it.
  { match: true, joins: false, singles: false },
)
console.log(JSON.stringify({ complete, errors: found.length, states: states?.count }))
