/** Two actors do the same, each with a device of its own, and a third names one of these in a list: they are no copies. */
import { buildTopology, compose, type Scenario } from '@barter/core'
import { explorableOf } from '@barter/explore'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { sim } from '@barter/sim'
import { expect, test } from 'vitest'
import { step } from './card-house.ts'

const bars = [{ index: 0, length: '64 KiB' }]
const { topology, names } = buildTopology({
  cpu: { vendor: 'AuthenticAMD', family: 0x17, arch: 'x86_64' },
  memory: '1 GiB',
  hostBridges: [
    {
      id: '1022:1450',
      devices: [
        {
          rootPort: 'root',
          below: [
            {
              endpoint: 'nvme',
              bars,
              functions: [
                { endpoint: 'twin', bars },
                { endpoint: 'third', bars },
              ],
            },
          ],
        },
      ],
    },
  ],
})

const device = (name: string) => ({ at: names.get(name) ?? expect.fail(`there is no ${name}`), driver: 'vfio-pci' })
const memoryOff = (name: string) => [step('open', name), step('configWrite', name, { register: 'command', value: 0 })]

const explored = (groups: readonly string[], own: readonly string[]) => {
  const scenario: Scenario = {
    title: 'a hot reset with some of its devices',
    devices: { nvme: device('nvme'), twin: device('twin'), third: device('third') },
    actors: [
      ...own.map((name) => ({ name: `user of ${name}`, steps: [step('open', name)] })),
      { name: 'vmm', steps: [step('open', 'nvme'), step('hotReset', 'nvme', { groups })] },
    ],
    expect: [],
  }
  return explorableOf(compose({ topology, plugins: [sim(), vfioPci()] }), scenario).groupClasses
}

test('one of them is named in a list, so they are no copies', () => {
  expect(explored(['nvme', 'twin'], ['twin', 'third'])).toEqual([0, 1, 2])
  expect(explored(['nvme'], ['twin', 'third'])).toEqual([0, 0, 2])
})
