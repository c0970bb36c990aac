/** Two threads of one process write through one region of a NIC: each has page faults of its own. */
import { compose, type Scenario, type Step } from '@barter/core'
import { explore } from '@barter/explore'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { rdma } from '@barter/importer-rdma'
import { sim } from '@barter/sim'
import { expect, test } from 'vitest'
import { oneSwitch } from '../../bench/models/one-switch.js'
import { named, step } from './card-house.ts'

const { topology, names } = oneSwitch(['nic'])
const bdf = (name: string) => names.get(name) ?? expect.fail(`there is no ${name}`)
const write: Step = { ...step('write', 'mr', { length: 64 }), expect: ['ok', 'error'] }

const scenario: Scenario = {
  title: 'two threads with one region',
  devices: { nvme: { at: bdf('nvme'), driver: 'vfio-pci' }, nic: { at: bdf('nic'), driver: 'mlx5' } },
  actors: [
    {
      name: 'vmm',
      steps: [step('open', 'nvme'), named('buf', step('export', 'nvme', { bar: 0 })), step('reset', 'nvme')],
    },
    {
      name: 'one',
      process: 'app',
      steps: [{ ...named('mr', step('import', 'buf', { on: 'nic' })), expect: ['ok', 'ENODEV'] }, write],
    },
    { name: 'two', process: 'app', steps: [write] },
  ],
  expect: [{ kind: 'no-violation' }, { kind: 'all-finish' }],
}

test('INV-1: no order breaks a promise, and no step depends on what is not told', () => {
  const system = compose({ topology, plugins: [sim(), vfioPci(), rdma()] })
  const { words, violations } = explore(system, scenario, { shrink: false })
  expect([words, violations.map(({ violation }) => violation.message)]).toEqual(['complete', []])
})
