/** Which screen the options ask for. */
import { optionInvalid } from '../../errors.ts'
import type { InspectOptions } from './inspect-options.ts'
import { matrixScreen } from './matrix-screen.ts'
import { pairScreen } from './pair-screen.ts'
import type { Screen } from './screen.ts'
import { treeScreen } from './tree-screen.ts'
import { wantScreen } from './want-screen.ts'
import { whatIfScreen } from './what-if-screen.ts'

/** **Errors** `UsageError` `OPTION_INVALID` for options that do not go together. */
export function chooseScreen(options: InspectOptions): Screen {
  const asked = SCREENS.filter(({ option }) => options[option] !== undefined)
  const [first, second] = asked
  if (first !== undefined && second !== undefined) {
    throw optionInvalid(`--${first.option}`, `and --${second.option} are both there`, 'ask for one of them at a time')
  }
  if (options.all === true && (options.pair ?? options.want) !== undefined) {
    throw optionInvalid(
      '--all',
      `and --${first?.option ?? 'pair'} are both there`,
      'one of them says which pairs to show',
    )
  }
  if (options.kernel !== undefined && options.want === undefined) {
    throw optionInvalid('--kernel', 'is there without --want', 'it says which kernel the advice is for')
  }
  const screen = first?.make(options)
  const changes = options.whatIf ?? []
  return changes.length > 0 ? whatIfScreen(changes, options, screen) : (screen ?? matrixScreen(options))
}

const SCREENS: readonly {
  readonly option: 'pair' | 'tree' | 'want'
  make(options: InspectOptions): Screen
}[] = [
  { option: 'tree', make: treeScreen },
  { option: 'pair', make: ({ pair = '' }) => pairScreen(pair) },
  { option: 'want', make: (options) => wantScreen(options.want ?? '', options) },
]
