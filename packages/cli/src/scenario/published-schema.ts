/** The schema that editors and other programs get: every verb, and the words of every driver of this house. */
import { buildTopology, type JsonSchema } from '@barter/core'
import { composeSystem } from '../plugins/compose-system.ts'
import { driverWords } from '../plugins/driver-words.ts'
import { FIRST_PARTY, FIRST_PARTY_NAMES } from '../plugins/first-party.ts'
import { scenarioSchema } from './schema.ts'
import { stepWords } from './step-words.ts'
import { topologySchema } from './topology-schema.ts'

/** Drivers of plugins from outside are not in it; the loader knows them when a scenario lists the plugin. */
export async function publishedSchema(): Promise<JsonSchema> {
  const { topology } = buildTopology({ hostBridges: [{ devices: [{ rootPort: 'port' }] }] })
  const drivers = FIRST_PARTY_NAMES.flatMap((name) => FIRST_PARTY[name]?.drivers ?? [])
  const system = await composeSystem({ topology, facts: undefined, plugins: [], drivers, folders: [] })
  const words = driverWords(system)
  await system.close()
  return scenarioSchema(topologySchema, stepWords(words))
}
