/**
 * Two actors do the same, each with a device of its own. They are no copies where a third names one of these in a list, or where
 * something may fail for one alone.
 */
import { buildTopology, compose, type EndpointSpec, type Plugin, type Scenario } from '@barter/core'
import { explorableOf } from '@barter/explore'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { sim } from '@barter/sim'
import { expect, test } from 'vitest'
import fail from '../../examples/findings/fail.js'
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

const classes = (groups: readonly string[], own: readonly string[], plugins: readonly Plugin[] = []) => {
  const scenario: Scenario = {
    title: 'a hot reset with some of its devices',
    devices: { nvme: device('nvme'), twin: device('twin'), third: device('third') },
    actors: [
      ...own.map((name) => ({ name: `user of ${name}`, steps: [step('open', name)] })),
      { name: 'vmm', steps: [step('open', 'nvme'), step('hotReset', 'nvme', { groups })] },
    ],
    expect: [],
  }
  return explorableOf(compose({ topology, plugins: [sim(), vfioPci(), ...plugins] }), scenario).groupClasses
}

test('one of them is named in a list, so they are no copies', () => {
  expect(classes(['nvme', 'twin'], ['twin', 'third'])).toEqual([0, 1, 2])
  expect(classes(['nvme'], ['twin', 'third'])).toEqual([0, 0, 2])
})

test('a place fails for one of them, so they are no copies', () => {
  const failing = fail({ point: 'vfio:fd', device: 'twin', errno: undefined })
  expect(classes(['nvme'], ['twin', 'third'], [failing])).toEqual([0, 1, 2])
})

test('registers of one of them, or who is with it in its IOMMU group, are others, so they are no copies', () => {
  const endpoint = (name: string, more: Partial<EndpointSpec> = {}): EndpointSpec => ({ endpoint: name, bars, ...more })
  const classesOn = (one: EndpointSpec, two: EndpointSpec): readonly number[] => {
    const { topology, names } = buildTopology({
      hostBridges: [{ devices: [one, two].map((below, i) => ({ rootPort: `port ${i}`, below: [below] })) }],
    })
    const devices = Object.fromEntries(
      ['one', 'two'].map((name) => [name, { at: names.get(name) ?? expect.fail(name), driver: 'vfio-pci' }]),
    )
    const actors = ['one', 'two'].map((name) => ({ name: `user of ${name}`, steps: [step('open', name)] }))
    const scenario: Scenario = { title: 'two users', devices, actors, expect: [] }
    return explorableOf(compose({ topology, plugins: [sim(), vfioPci()] }), scenario).groupClasses
  }
  expect(classesOn(endpoint('one'), endpoint('two'))).toEqual([0, 0])
  expect(classesOn(endpoint('one'), endpoint('two', { pmReset: true }))).toEqual([0, 1])
  expect(classesOn(endpoint('one'), endpoint('two', { functions: [endpoint('more')] }))).toEqual([0, 1])
})
