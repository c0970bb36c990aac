/** A scenario as it is explored: with plugins and options from the command line. */
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
    plugins: [...new Set(choice.plugin)].map((name) => ({ name, options: {} })),
    settings: readSettings(choice.set ?? []),
    ...readSwitches(choice.switches),
  })
}
