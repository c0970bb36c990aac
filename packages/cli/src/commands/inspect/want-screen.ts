/** `barter inspect --want A,B[,C...]`: what to change so that these devices reach each other directly. */
import { inspectWanted, kernelVersion } from '@barter/inspect'
import { optionInvalid } from '../../errors.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { renderAdvice } from '../../render/advice.ts'
import { unknownNotes } from '../../render/machine-summary.ts'
import { checkThere } from './check-there.ts'
import type { InspectOptions } from './inspect-options.ts'
import type { Screen } from './screen.ts'

/** **Errors** `UsageError` `OPTION_INVALID`; of the screen also `FUNCTION_NAME`, `DEVICE_UNKNOWN`, `WANTED_FEW`. */
export function wantScreen(want: string, { kernel }: InspectOptions): Screen {
  const names = want
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const version = kernelVersion(kernel)
  if (kernel !== undefined && version === undefined) {
    throw optionInvalid('--kernel', `does not take ${kernel}`, 'give a release as uname -r prints it, or 6.8')
  }
  return (topology, { columns, style }) => {
    checkThere(topology, names)
    const report = inspectWanted(topology, names, { kernel: version })
    return {
      json: () => report,
      exit: EXITS[report.advice.status],
      text: () =>
        [
          renderAdvice(report, { columns, style, kernel: kernel ?? topology.kernelRelease }),
          ...unknownNotes(report, columns, style),
          '',
        ].join('\n'),
    }
  }
}

/** Fine as long as every wanted pair is direct, or can be made so. */
const EXITS: Readonly<Record<ReturnType<typeof inspectWanted>['advice']['status'], ExitCode>> = {
  direct: EXIT.ok,
  possible: EXIT.ok,
  partly: EXIT.problem,
  impossible: EXIT.problem,
  unknown: EXIT.cannotTell,
}
