/** How a system is composed by more than the scenario: what the command line adds to the file. */
import { readSettings } from '../plugins/settings.ts'
import { type LoadedScenario, loadScenario } from './load.ts'
import { readSwitches } from './switches-option.ts'

export interface SystemChoice {
  readonly plugin?: readonly string[]
  readonly set?: readonly string[]
  readonly switches?: string
}

/** **Errors** as `loadScenario`; of the options. */
export function loadChosen(path: string, choice: SystemChoice, cwd: string): Promise<LoadedScenario> {
  return loadScenario(path, {
    cwd,
    plugins: [...new Set(choice.plugin)].map((name) => ({ name, options: {} })),
    settings: readSettings(choice.set ?? []),
    ...readSwitches(choice.switches),
  })
}

/** The options that say the same again. */
export const choiceWords = ({ plugin = [], set = [], switches }: SystemChoice): readonly string[] => [
  ...plugin.flatMap((name) => ['--plugin', name]),
  ...set.flatMap((setting) => ['--set', setting]),
  ...(switches === undefined ? [] : ['--switches', switches]),
]
