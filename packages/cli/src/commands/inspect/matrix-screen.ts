/** `barter inspect`: the matrix of who can reach whom. */
import { inspectTopology } from '@barter/inspect'
import { EXIT } from '../../exit-code.ts'
import { answerLetter } from '../../render/answer.ts'
import { machineSummary, unknownNotes } from '../../render/machine-summary.ts'
import { renderLegend, renderMatrix } from '../../render/matrix.ts'
import type { InspectOptions } from './inspect-options.ts'
import type { Screen } from './screen.ts'

export function matrixScreen({ all }: InspectOptions): Screen {
  return (topology, { columns, style }) => {
    const report = inspectTopology(topology, { pairs: all === true ? 'all' : 'interesting' })
    return {
      json: () => report,
      exit: report.pairs.some((pair) => answerLetter(pair) === '?') ? EXIT.cannotTell : EXIT.ok,
      text() {
        const lines = [machineSummary(topology, report, columns), '']
        if (report.pairs.length === 0) {
          lines.push('No two devices here are of a kind that people pair: use --all for every function.')
        } else {
          const matrix = renderMatrix(report, columns, style)
          lines.push(
            '  Columns are who reads or writes, by the number of its row.',
            '',
            matrix.text,
            renderLegend(matrix.letters, style),
          )
        }
        return [...lines, ...unknownNotes(report, columns, style), ''].join('\n')
      },
    }
  }
}
