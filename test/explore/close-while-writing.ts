/** A close while a NIC writes: the shortest story in which everything can go wrong, on the real plugins. */
import { type Actor, compose, type Explorable, type Scenario, type Step, type StepValue } from '@barter/core'
import { explorableOf } from '@barter/explore'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { rdma } from '@barter/importer-rdma'
import { sim } from '@barter/sim'
import { oneSwitch } from '../../bench/models/one-switch.js'

const { topology, names } = oneSwitch(['nic'])

export { topology }

const step = (verb: string, target: string, args: Readonly<Record<string, StepValue>> = {}, as?: string): Step =>
  as === undefined ? { verb, target, args } : { verb, target, args, as }

const bdf = (name: string) => {
  const found = names.get(name)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found
}

const storyOf = (actors: readonly Actor[]): Scenario => ({
  title: 'a close while a NIC writes',
  devices: { nvme: { at: bdf('nvme'), driver: 'vfio-pci' }, nic: { at: bdf('nic'), driver: 'mlx5' } },
  actors,
  expect: [],
})

export const CLOSE_WHILE_WRITING = storyOf([
  { name: 'vmm', steps: [step('open', 'nvme'), step('export', 'nvme', { bar: 0 }, 'buf'), step('close', 'nvme')] },
  { name: 'writer', steps: [step('import', 'buf', { on: 'nic' }, 'mr'), step('write', 'mr', { length: 64 })] },
])

/** **Shape** `generation`: of the kernel; G1 has the revoke that waits for nobody. */
export function closeWhileWriting(generation?: 'G1'): Explorable {
  const plugins = [sim(), vfioPci(), rdma()]
  const system = compose({ topology, plugins, ...(generation === undefined ? {} : { facts: { generation } }) })
  return explorableOf(system, CLOSE_WHILE_WRITING)
}
