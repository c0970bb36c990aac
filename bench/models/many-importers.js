// Some NICs that write through one buffer while its device is closed: the revoke model, on the plugins themselves.
import { buildTopology, compose } from '@barter/core'
import { explorableOf } from '@barter/explore'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { rdma } from '@barter/importer-rdma'
import { sim } from '@barter/sim'

/** The machine is one switch; each NIC has an actor of its own, and they are copies of each other. Gives an `Explorable`. */
export function manyImporters({ importers }) {
  const nics = Array.from({ length: importers }, (_, i) => `nic${i}`)
  const disk = { endpoint: 'nvme', bars: [{ index: 0, length: '64 KiB', kind: 'mem64' }] }
  const ports = [{ below: [disk] }, ...nics.map((nic) => ({ below: [{ endpoint: nic, class: 'nic' }] }))]
  const { topology, names } = buildTopology({
    hostBridges: [{ devices: [{ rootPort: 'rp', below: [{ switch: 'sw', ports }] }] }],
  })
  const step = (verb, target, args = {}) => ({ verb, target, args })
  const bound = (name, driver) => [name, { at: names.get(name), driver }]
  return explorableOf(compose({ topology, plugins: [sim(), vfioPci(), rdma()] }), {
    title: 'a close while some NICs write',
    devices: Object.fromEntries([bound('nvme', 'vfio-pci'), ...nics.map((nic) => bound(nic, 'mlx5'))]),
    actors: [
      {
        name: 'vmm',
        steps: [step('open', 'nvme'), { ...step('export', 'nvme', { bar: 0 }), as: 'buf' }, step('close', 'nvme')],
      },
      ...nics.map((nic, i) => ({
        name: `writer${i}`,
        steps: [{ ...step('import', 'buf', { on: nic }), as: `mr${i}` }, step('write', `mr${i}`, { length: 64 })],
      })),
    ],
    expect: [],
  })
}
