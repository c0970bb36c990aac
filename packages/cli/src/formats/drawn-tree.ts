/** The part of the PCI tree that leads to the devices in question, as the pictures draw it. */
import { type Bdf, readAcs, redirectBits } from '@barter/core'
import type { DeviceReport } from '@barter/inspect'
import type { Portrait } from './portrait.ts'

export interface DrawnNode {
  /** `undefined`: a host bridge. */
  readonly device: DeviceReport | undefined
  readonly name: string
  /** Place among the devices in question, from 0; `undefined` for what only leads to them. */
  readonly index: number | undefined
  readonly acs: 'redirects' | 'off' | 'none' | 'unknown'
  readonly children: readonly DrawnNode[]
}

/** One root for each host bridge that leads to a device in question. */
export function drawnTree({ topology, functions, report }: Portrait): readonly DrawnNode[] {
  const index = new Map(functions.map((fn, i) => [fn.bdf, i]))
  const drawn = new Set(functions.flatMap((fn) => topology.chain(fn)).map(({ bdf }) => bdf))
  const devices = new Map(report.devices.map((device) => [device.bdf, device]))
  const below = (of: Bdf | string): readonly DrawnNode[] =>
    topology
      .children(of)
      .filter(({ bdf }) => drawn.has(bdf))
      .map((fn) => ({
        device: devices.get(fn.bdf),
        name: fn.bdf,
        index: index.get(fn.bdf),
        acs: acsOf(fn.config),
        children: below(fn.bdf),
      }))
  return topology.hostBridges
    .map(({ id }): DrawnNode => ({ device: undefined, name: id, index: undefined, acs: 'none', children: below(id) }))
    .filter(({ children }) => children.length > 0)
}

function acsOf(config: Parameters<typeof readAcs>[0]): DrawnNode['acs'] {
  const acs = readAcs(config)
  if (acs.kind !== 'present') return acs.kind
  return redirectBits(acs.control).length > 0 ? 'redirects' : 'off'
}
