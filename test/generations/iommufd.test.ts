/** iommufd by generation: always let in, since the first kernels did not have it pin, and the later ones let it. */
import { buildTopology, compose, type Generation, type Scenario } from '@barter/core'
import { PIN_REFUSED, vfioPci, type VfioPciOptions } from '@barter/exporter-vfio-pci'
import { iommufd } from '@barter/importer-iommufd'
import { iommu } from '@barter/platform-iommu'
import { runScenario, sim } from '@barter/sim'
import { expect, test } from 'vitest'
import { endings, GENERATIONS, invariants, step } from './house.ts'

const acs = ['SV', 'RR', 'CR', 'UF'] as const
const { topology, names } = buildTopology({
  cpu: { vendor: 'AuthenticAMD', family: 0x17 },
  hostBridges: [
    {
      devices: [
        {
          rootPort: 'rp0',
          acs,
          below: [
            {
              switch: 'sw',
              ports: [
                { acs, below: [{ endpoint: 'nvme', bars: [{ index: 0, length: '64 KiB', kind: 'mem64' }] }] },
                { acs, below: [{ endpoint: 'user', class: 'nic' }] },
              ],
            },
          ],
        },
      ],
    },
  ],
})
const at = (name: string) => names.get(name) ?? expect.fail(name)

function play(generation: Generation, vfio: VfioPciOptions = {}) {
  const scenario: Scenario = {
    title: `iommufd in ${generation}`,
    devices: { nvme: { at: at('nvme'), driver: 'vfio-pci' }, user: { at: at('user'), driver: 'iommufd' } },
    actors: [
      {
        name: 'vmm',
        steps: [
          step('open', 'nvme'),
          step('export', 'nvme', { bar: 0, as: 'buf' }),
          step('import', 'buf', { on: 'user', as: 'held' }),
          step('write', 'held', { length: '4 KiB' }),
          step('reset', 'nvme'),
          step('write', 'held', { length: '4 KiB' }),
          step('close', 'held'),
        ],
      },
    ],
    expect: [],
  }
  const plugins = [sim(), iommu(), vfioPci(vfio), iommufd()]
  return runScenario(compose({ topology, plugins, facts: { generation } }), scenario, { seed: 1 })
}

test.each(GENERATIONS)(
  'GEN-7, GEN-18, INV-1: in %s it is let in, and lets go in its callback for good',
  (generation) => {
    const report = play(generation)
    expect(endings(report)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok', 'error', 'ok'])
    expect(invariants(report)).toEqual([])
  },
)

test('GEN-7: it asks to pin from 7.1 on, so an exporter that refused that would keep it out only there', () => {
  const refusing = { protocols: { pinOps: PIN_REFUSED } }
  expect(GENERATIONS.map((generation) => endings(play(generation, refusing))[2])).toEqual([
    'ok',
    'ok',
    'EOPNOTSUPP GEN-4',
    'EOPNOTSUPP GEN-4',
  ])
})
