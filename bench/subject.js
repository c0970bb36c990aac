// What is explored: the revoke model with so many importers, bare or on the plugins, or a scenario of the examples.
import { join } from 'node:path'
import { loadScenario } from '@barter/cli'
import { explorableOf } from '@barter/explore'
import { root } from '../scripts/set-up.js'
import { manyImporters } from './models/many-importers.js'
import { revokeModel } from './models/revoke-model.js'

export async function subjectOf({ importers, nics, story }) {
  if (nics !== undefined) return manyImporters(nics)
  if (story === undefined) return revokeModel({ importers })
  const { system, scenario } = await loadScenario(join(root, story), { cwd: root, plugins: [] })
  return explorableOf(system, scenario)
}
