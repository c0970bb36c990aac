/** `barter inspect --tree`: the PCI tree with the ACS state of its ports. */
import { inspectTopology, matrixDevices } from '@barter/inspect'
import { EXIT } from '../../exit-code.ts'
import { machineSummary, unknownNotes } from '../../render/machine-summary.ts'
import { renderTree } from '../../render/tree.ts'
import { wrapAfter } from '../../render/wrap.ts'
import { chosenDevices } from './chosen-devices.ts'
import type { InspectOptions } from './inspect-options.ts'
import type { Screen } from './screen.ts'

/** Shows all functions; `--class` and `--device` leave those and what leads to them. */
export function treeScreen(options: InspectOptions): Screen {
  const choice = chosenDevices(options)
  return (topology, { columns, style }) => {
    const only = typeof choice === 'string' ? undefined : new Set(matrixDevices(topology, choice))
    const report = inspectTopology(topology, { pairs: 'none' })
    const onTheWay = new Set<string>([...(only ?? [])].flatMap((fn) => topology.chain(fn)).map(({ bdf }) => bdf))
    return {
      exit: EXIT.ok,
      json: () =>
        only === undefined ? report : { ...report, devices: report.devices.filter(({ bdf }) => onTheWay.has(bdf)) },
      text() {
        const tree = renderTree(topology, report, { columns, style, ...(only === undefined ? {} : { only }) })
        const legend = tree.includes('↑') ? ['', wrapAfter('  ↑  ', REDIRECTS, columns)] : []
        return [
          machineSummary(topology, report, columns),
          '',
          tree,
          ...legend,
          ...unknownNotes(report, columns, style),
          '',
        ].join('\n')
      },
    }
  }
}

const REDIRECTS = 'redirects: peer traffic from below goes up to the root complex (RR, CR or EC is on)'
