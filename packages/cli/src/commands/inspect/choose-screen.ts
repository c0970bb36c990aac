/** Which screen the options ask for. */
import { optionInvalid } from '../../errors.ts'
import { formatScreen } from './format-screen.ts'
import type { InspectOptions } from './inspect-options.ts'
import { matrixScreen } from './matrix-screen.ts'
import { pairScreen } from './pair-screen.ts'
import { requireScreen } from './require-screen.ts'
import type { Screen } from './screen.ts'
import { treeScreen } from './tree-screen.ts'
import { wantScreen } from './want-screen.ts'
import { whatIfScreen } from './what-if-screen.ts'

/**
 * **Shape** `paths`: the machine, as the person named it.
 * **Errors** `UsageError` `OPTION_INVALID` for options that do not go together.
 */
export function chooseScreen(options: InspectOptions, paths: readonly string[]): Screen {
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
  const narrow = (['class', 'device'] as const).find((option) => options[option] !== undefined)
  if (narrow !== undefined && (options.pair ?? options.want) !== undefined) {
    throw optionInvalid(
      `--${narrow}`,
      `and --${first?.option ?? 'pair'} are both there`,
      'one of them says whom to show',
    )
  }
  if (options.labels === true && first !== undefined) {
    throw optionInvalid(
      '--labels',
      `and --${first.option} are both there`,
      '--labels belongs to the matrix; --pair has the word by itself',
    )
  }
  if (options.kernel !== undefined && options.want === undefined) {
    throw optionInvalid('--kernel', 'is there without --want', 'it says which kernel the advice is for')
  }
  const screen = foreignScreen(options, paths, first?.option) ?? first?.make(options)
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

/** What `--format` and `--require` ask for; `undefined`: a screen of ours, or the same as JSON. */
function foreignScreen(
  options: InspectOptions,
  paths: readonly string[],
  screen: 'pair' | 'tree' | 'want' | undefined,
): Screen | undefined {
  const { format = 'text', require } = options
  const isOurs = format === 'text' || format === 'json'
  if (options.json === true && !isOurs) {
    throw optionInvalid('--json', `and --format ${format} are both there`, 'leave one of them out')
  }
  if (isOurs && require === undefined) return undefined
  const word = require === undefined ? `--format ${format}` : '--require'
  if (screen !== undefined && (screen !== 'pair' || require !== undefined)) {
    throw optionInvalid(`--${screen}`, `and ${word} are both there`, 'ask for one of them at a time')
  }
  const checks = require !== undefined || format === 'junit' || format === 'sarif'
  return checks ? requireScreen(options, paths) : formatScreen(format, options)
}
