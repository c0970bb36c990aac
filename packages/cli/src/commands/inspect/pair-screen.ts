/** `barter inspect --pair A,B`: one pair of devices, both ways. */
import { type Inspection, inspectTopology } from '@barter/inspect'
import { optionInvalid } from '../../errors.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { answerLetter, type Letter } from '../../render/answer.ts'
import { unknownNotes } from '../../render/machine-summary.ts'
import { renderPair } from '../../render/pair.ts'
import { checkThere } from './check-there.ts'
import type { Screen } from './screen.ts'

/** **Errors** `UsageError` `OPTION_INVALID`; of the screen also `FUNCTION_NAME`, `DEVICE_UNKNOWN`. */
export function pairScreen(text: string): Screen {
  const [a, b] = readPair(text)
  return (topology, { columns, style }) => {
    checkThere(topology, [a, b])
    const there = inspectTopology(topology, { pairs: [a, b] })
    const back = a === b ? [] : inspectTopology(topology, { pairs: [b, a] }).pairs
    const report: Inspection = { ...there, pairs: [...there.pairs, ...back] }
    return {
      json: () => report,
      exit: exitOf(report.pairs.map(answerLetter)),
      text: () => [renderPair(report, columns, style), ...unknownNotes(report, columns, style), ''].join('\n'),
    }
  }
}

/** For a pair the answer itself is the result. */
function exitOf(letters: readonly Letter[]): ExitCode {
  if (letters.includes('?')) return EXIT.cannotTell
  return letters.includes('x') ? EXIT.problem : EXIT.ok
}

/** **Shape** two names between a comma. **Errors** `OPTION_INVALID`. */
export function readPair(text: string): readonly [string, string] {
  const [a, b, ...more] = text.split(',').map((part) => part.trim())
  if (a === undefined || b === undefined || a === '' || b === '' || more.length > 0) {
    throw optionInvalid(
      '--pair',
      `takes two functions, not ${text === '' ? 'nothing' : text}`,
      'as in --pair 03:00.0,04:00.0: whose BAR, then who uses it',
    )
  }
  return [a, b]
}
