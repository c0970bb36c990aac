/** `barter inspect --what-if CHANGE...`: the machine asked again after changes that somebody imagines. */
import { imagine, inspectTopology, matrixDevices } from '@barter/inspect'
import { EXIT } from '../../exit-code.ts'
import { renderMachineChange } from '../../render/machine-change.ts'
import { unknownNotes } from '../../render/machine-summary.ts'
import { chosenDevices } from './chosen-devices.ts'
import type { InspectOptions } from './inspect-options.ts'
import type { Screen } from './screen.ts'

/** Alone it says what changed; with another screen, it shows that one of the changed machine. */
export function whatIfScreen(changes: readonly string[], options: InspectOptions, other: Screen | undefined): Screen {
  const choice = chosenDevices(options)
  return (topology, terminal) => {
    const { columns, style } = terminal
    const { topology: after, change } = imagine(topology, changes, choice)
    if (other !== undefined) {
      const shown = other(after, terminal)
      const head = `What if: ${changes.join(', ')}\n\n`
      return {
        ...shown,
        json: () => ({ ...shown.json(), whatIf: change }),
        text: () => (shown.foreign === true ? shown.text() : `${head}${[...shown.text()].join('')}`),
      }
    }
    const report = inspectTopology(after, { pairs: matrixDevices(topology, choice).length > 150 ? 'none' : choice })
    return {
      exit: EXIT.ok,
      json: () => ({ ...report, whatIf: change }),
      text: () => [renderMachineChange(change, columns, style), ...unknownNotes(report, columns, style), ''].join('\n'),
    }
  }
}
