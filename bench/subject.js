// What is explored: the revoke model with so many importers, or a scenario of the examples with its plugins.
import { join } from 'node:path'
import { loadScenario } from '@barter/cli'
import { explorableOf } from '@barter/explore'
import { root } from '../scripts/set-up.js'
import { revokeModel } from './models/revoke-model.js'

export async function subjectOf({ importers, story }) {
  if (story === undefined) return revokeModel({ importers })
  const { system, scenario } = await loadScenario(join(root, story), { cwd: root, plugins: [] })
  return explorableOf(system, scenario)
}
