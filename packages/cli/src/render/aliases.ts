/** Names as the reader of a scenario knows them. */
import type { Report, Scenario } from '@barter/core'

export type Aliases = ReadonlyMap<string, string>

/** What the scenario calls the buffers that drivers name by themselves, and its devices. */
export function aliases({ events }: Report, scenario: Scenario): Aliases {
  const names = new Map<string, string>(Object.entries(scenario.devices).map(([name, { at }]) => [at, name]))
  const current = new Map<string, number>()
  for (const event of events) {
    if (event.kind === 'step') current.set(event.task, event.index)
    if (event.kind !== 'export') continue
    const steps = scenario.actors.find(({ name }) => name === event.task)?.steps
    const as = steps?.[current.get(event.task) ?? -1]?.as
    if (as !== undefined) names.set(event.buffer, as)
  }
  return names
}

/** The domain of a function's name, where there is no other. */
const DOMAIN_0 = /\b0000:(?=[0-9a-f]{2}:[01][0-9a-f]\.[0-7])/g

export const inWordsOf = (names: Aliases, text: string): string =>
  [...names].reduce((said, [real, alias]) => said.replaceAll(real, alias), text).replaceAll(DOMAIN_0, '')
