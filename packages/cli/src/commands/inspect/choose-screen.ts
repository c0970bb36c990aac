/** Which screen the options ask for. */
import { optionInvalid } from '../../errors.ts'
import type { InspectOptions } from './inspect-options.ts'
import { matrixScreen } from './matrix-screen.ts'
import { pairScreen } from './pair-screen.ts'
import type { Screen } from './screen.ts'
import { treeScreen } from './tree-screen.ts'

/** **Errors** `UsageError` `OPTION_INVALID` for options that do not go together. */
export function chooseScreen(options: InspectOptions): Screen {
  if (options.tree === true) return treeScreen(options)
  if (options.pair === undefined) return matrixScreen(options)
  if (options.all === true) {
    throw optionInvalid('--all', 'and --pair are both there', 'one of them says which pairs to show')
  }
  return pairScreen(options.pair)
}
