import type { Plugin, PciFunction, Topology } from '@barter/core'
import { bug } from '../bug.ts'
import { step } from '../house.ts'

/** The software's view of the machine, in which the flag is not there. */
const overlooked: Plugin = {
  name: 'overlooked',
  apply: ({ hooks }) => {
    hooks.topology.tap('overlooked', (topology: Topology) =>
      topology.with({
        functions: topology.functions.map(({ nonMappableBars: _flag, ...fn }) => fn as PciFunction),
      }),
    )
  },
}

export const BUG_6 = bug('BUG-6', {
  what: 'provider: given although the BARs are not mappable',
  story: {
    title: 'an export of a BAR that nobody can reach',
    actors: { vmm: [step('open', 'nvme'), step('export', 'nvme', { bar: 0, expect: ['ENODEV'] })] },
    house: { drive: { nonMappableBars: true } },
  },
  wrong: { plugins: [overlooked] },
  found: { rule: 'P2P-6' },
})
