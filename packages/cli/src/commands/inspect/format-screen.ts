/** `barter inspect --format`: the machine for other programs and for pictures. */
import { type PciFunction, type Topology } from '@barter/core'
import { inspectTopology, matrixDevices } from '@barter/inspect'
import { optionInvalid } from '../../errors.ts'
import { EXIT } from '../../exit-code.ts'
import { csv } from '../../formats/csv.ts'
import { markdown } from '../../formats/markdown.ts'
import { mermaid } from '../../formats/mermaid.ts'
import { ncclXml } from '../../formats/nccl-xml.ts'
import { type Format, portraitOf } from '../../formats/portrait.ts'
import { svg } from '../../formats/svg.ts'
import { checkThere } from './check-there.ts'
import { chosenDevices } from './chosen-devices.ts'
import type { InspectOptions } from './inspect-options.ts'
import { readPair } from './pair-screen.ts'
import type { Screen } from './screen.ts'

const FORMATS: Readonly<Record<string, Format>> = { markdown, csv, svg, mermaid, 'nccl-xml': ncclXml }

/** **Errors** `UsageError` `OPTION_INVALID`; of the screen also those of the choice of devices. */
export function formatScreen(name: string, options: InspectOptions): Screen {
  const format = FORMATS[name]
  if (format === undefined)
    throw optionInvalid('--format', `has no ${name}`, `there is ${Object.keys(FORMATS).join(', ')}`)
  const choose = chooser(name, options)
  return (topology) => ({
    exit: EXIT.ok,
    foreign: true,
    json: () => inspectTopology(topology),
    text: () => format(portraitOf(topology, choose(topology))),
  })
}

function chooser(name: string, options: InspectOptions): (topology: Topology) => readonly PciFunction[] {
  if (options.pair !== undefined) {
    const pair = readPair(options.pair)
    return (topology) => {
      checkThere(topology, pair)
      return [...inspectTopology(topology, { pairs: pair }).pairs].flatMap(({ provider, client }) =>
        topology.functions.filter(({ bdf }) => bdf === provider || bdf === client),
      )
    }
  }
  const choice = chosenDevices(options)
  if (choice === 'interesting' && name === 'nccl-xml') {
    return (topology) => {
      const all = matrixDevices(topology, 'all')
      return all.filter((fn) => isForNccl(fn.classCode))
    }
  }
  return (topology) => matrixDevices(topology, choice)
}

/** GPUs, network and InfiniBand, accelerators: what NCCL has a use for. */
const isForNccl = (classCode: number): boolean => {
  const base = Math.floor(classCode / 0x1_0000)
  return [0x02, 0x03, 0x12].includes(base) || Math.floor(classCode / 0x100) === 0x0c06
}
