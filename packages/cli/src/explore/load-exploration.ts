/** A scenario as it is explored: with plugins and options from the command line. */
import type { PluginRequest } from '../plugins/load-plugin.ts'
import { readSettings } from '../plugins/settings.ts'
import { type LoadedScenario, loadScenario } from '../scenario/load.ts'
import { readSwitches } from '../scenario/switches-option.ts'

/** What else than the file decides how the system is composed. */
export interface SystemChoice {
  readonly plugin?: readonly string[]
  readonly set?: readonly string[]
  readonly switches?: string
}

/** **Errors** as `loadScenario`; of the options. */
export function loadExploration(path: string, choice: SystemChoice, cwd: string): Promise<LoadedScenario> {
  return loadScenario(path, {
    cwd,
    plugins: merged([
      ...(choice.plugin ?? []).map((name) => ({ name, options: {} })),
      ...readSettings(choice.set ?? []),
    ]),
    ...readSwitches(choice.switches),
  })
}

/** Each plugin once, with all options that were given for it. */
function merged(requests: readonly PluginRequest[]): readonly PluginRequest[] {
  const byName = new Map<string, PluginRequest>()
  for (const { name, options } of requests) {
    byName.set(name, { name, options: { ...byName.get(name)?.options, ...options } })
  }
  return [...byName.values()]
}
