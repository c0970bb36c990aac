/** A plugin that answers for the P2PDMA core how a pair may talk: by the same walk, which it is told other things. */
import {
  type AcsState,
  FACTS,
  type Facts,
  type P2pOptions,
  p2pVerdict,
  type PciFunction,
  type Plugin,
  readAcs,
  type Topology,
  TOPOLOGY,
} from '@barter/core'

export interface Pair {
  readonly topology: Topology
  readonly facts: Facts
  readonly provider: PciFunction
  readonly client: PciFunction
}

export const ownVerdict = (told: (pair: Pair) => P2pOptions): Plugin => ({
  name: 'own-verdict',
  apply: ({ hooks }) => {
    let system: Pick<Pair, 'topology' | 'facts'> | undefined
    hooks.platform.tap('own-verdict', (platform, run) => {
      system = { topology: run.get(TOPOLOGY), facts: run.get(FACTS) }
      return platform
    })
    hooks.mapType.tap('own-verdict', (provider, client) => {
      if (system === undefined) return undefined
      const pair: Pair = { ...system, provider: provider.owner.fn, client: client.fn }
      const options: P2pOptions = { cpu: system.facts.cpu, ...told(pair) }
      return p2pVerdict(system.topology, pair.provider, pair.client, options).mapType
    })
  },
})

/** ACS as it would be seen with its control word read as another. */
export const readingAcs = (
  change: (acs: Extract<AcsState, { kind: 'present' }>, fn: PciFunction, pair: Pair) => number,
) =>
  ownVerdict((pair) => ({
    acs: (fn) => {
      const acs = readAcs(fn.config)
      return acs.kind === 'present' ? { ...acs, control: change(acs, fn, pair) } : acs
    },
  }))
