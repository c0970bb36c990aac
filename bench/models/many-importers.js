// Some NICs, or GPUs, that write through one buffer while its device is closed: the revoke model, on the real plugins. The
// machine is one switch; each of them has an actor of its own, and they are copies of each other.
import { compose } from '@barter/core'
import { explorableOf } from '@barter/explore'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { drm } from '@barter/importer-drm'
import { rdma } from '@barter/importer-rdma'
import { sim } from '@barter/sim'
import { oneSwitch } from './one-switch.js'

/** **Shape** `driver`: of all importers. `resets`: before it is closed the device is reset. */
export function manyImporters(importers, { driver = 'mlx5', resets = false } = {}) {
  const nics = Array.from({ length: importers }, (_, i) => `nic${i}`)
  const { topology, names } = oneSwitch(nics)
  const step = (verb, target, args = {}) => ({
    verb,
    target,
    args,
  })
  const scenario = {
    title: 'a close while some NICs write',
    devices: {
      nvme: { at: names.get('nvme'), driver: 'vfio-pci' },
      ...Object.fromEntries(nics.map((nic) => [nic, { at: names.get(nic), driver }])),
    },
    actors: [
      {
        name: 'vmm',
        steps: [
          step('open', 'nvme'),
          { ...step('export', 'nvme', { bar: 0 }), as: 'buf' },
          ...(resets ? [step('reset', 'nvme')] : []),
          step('close', 'nvme'),
        ],
      },
      ...nics.map((nic, i) => ({
        name: `writer${i}`,
        steps: [{ ...step('import', 'buf', { on: nic }), as: `mr${i}` }, step('write', `mr${i}`, { length: 64 })],
      })),
    ],
    expect: [],
  }
  return explorableOf(compose({ topology, plugins: [sim(), vfioPci(), rdma(), drm()] }), scenario)
}
