/** Importers of every driver on the real exporter, in each generation of the kernel. */
import { compose, type Generation, type Report, type Step } from '@barter/core'
import { vfioPci, type VfioPciOptions } from '@barter/exporter-vfio-pci'
import { drm } from '@barter/importer-drm'
import { probe } from '@barter/importer-probe'
import { rdma } from '@barter/importer-rdma'
import { runScenario, sim } from '@barter/sim'
import { oneSwitch } from '../one-switch.ts'

export { endings, invariants, step } from '../one-switch.ts'

export const GENERATIONS: readonly Generation[] = ['G1', 'G1p', 'G2r', 'G2']

const { topology, at } = oneSwitch(
  { endpoint: 'nvme', class: 'nvme', bars: [{ index: 0, length: '64 KiB', kind: 'mem64' }] },
  { endpoint: 'importer', class: 'gpu' },
)

/** One thread that does all of it. */
export function run(driver: string, generation: Generation, steps: readonly Step[], vfio?: VfioPciOptions): Report {
  const system = compose({
    topology,
    plugins: [sim(), vfioPci(vfio), rdma(), drm(), probe()],
    facts: { generation },
  })
  return runScenario(
    system,
    {
      title: `${driver} in ${generation}`,
      devices: { nvme: { at: at('nvme'), driver: 'vfio-pci' }, importer: { at: at('importer'), driver } },
      actors: [{ name: 'vmm', process: 'qemu', steps }],
      expect: [{ kind: 'no-violation' }, { kind: 'all-finish' }],
    },
    { seed: 1 },
  )
}
