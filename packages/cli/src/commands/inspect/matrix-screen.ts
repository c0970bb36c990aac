/** `barter inspect`: the matrix of who can reach whom. */
import { cpuRoutesPeers } from '@barter/core'
import { type Inspection, inspectTopology, letterMatrix, matrixDevices } from '@barter/inspect'
import { EXIT } from '../../exit-code.ts'
import { machineSummary, unknownNotes } from '../../render/machine-summary.ts'
import { renderLegend, renderMatrix } from '../../render/matrix.ts'
import { wrapAfter } from '../../render/wrap.ts'
import { chosenDevices } from './chosen-devices.ts'
import type { InspectOptions } from './inspect-options.ts'
import type { Screen } from './screen.ts'

/** A document with more pairs written out is nothing that anybody loads; the letters are there all the same. */
const MOST_PAIRS = 20_000

export function matrixScreen(options: InspectOptions): Screen {
  const choice = chosenDevices(options)
  return (topology, { columns, style }) => {
    const functions = matrixDevices(topology, choice)
    const report = inspectTopology(topology, { pairs: 'none' })
    const matrix = renderMatrix(topology, functions, report, { columns, style, labels: options.labels === true })
    return {
      exit: matrix.letters.has('?') ? EXIT.cannotTell : EXIT.ok,
      json(): Inspection {
        const few = functions.length ** 2 <= MOST_PAIRS
        const letters = letterMatrix(topology, functions)
        return {
          ...inspectTopology(topology, { pairs: few ? choice : 'none' }),
          matrix: {
            devices: functions.map(({ bdf }) => bdf),
            rows: functions.map((_, a) => functions.map((_, b) => letters.at(a, b)).join('')),
          },
        }
      },
      text() {
        const head = machineSummary(topology, report, columns)
        const body =
          functions.length < 2
            ? [wrapAfter('', fewer(functions[0]?.bdf), columns)]
            : [
                '  Columns are who reads or writes, by the number of its row.',
                '',
                matrix.text,
                renderLegend(matrix, style),
                ...(matrix.letters.has('?') && cpuRoutesPeers(topology.cpu) === undefined
                  ? ['', style.warn(wrapAfter('  ', CPU_UNKNOWN, columns))]
                  : []),
                '',
                style.faint(wrapAfter('  ', NEXT, columns)),
              ]
        return [head, '', ...body, ...unknownNotes(report, columns, style), ''].join('\n')
      },
    }
  }
}

const fewer = (only: string | undefined): string =>
  only === undefined
    ? 'No device here is of a kind that people pair: use --all for every function.'
    : `${only} alone makes no pair: choose a second device, or use --all for every function.`

const CPU_UNKNOWN = 'The CPU decides and is not known: say it with --cpu amd:0x17, --cpu intel or --cpu other.'
const NEXT = '--pair A,B says why, --want A,B what to change, --tree shows the ports.'
