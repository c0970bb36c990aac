/** Importers of every driver on the real exporter, in each generation of the kernel. */
import { buildTopology, compose, type Generation, type Report, type Step, type StepValue } from '@barter/core'
import { vfioPci, type VfioPciOptions } from '@barter/exporter-vfio-pci'
import { drm } from '@barter/importer-drm'
import { probe } from '@barter/importer-probe'
import { rdma } from '@barter/importer-rdma'
import { runScenario, sim } from '@barter/sim'
import { expect } from 'vitest'

export const GENERATIONS: readonly Generation[] = ['G1', 'G1p', 'G2r', 'G2']

const { topology, names } = buildTopology({
  hostBridges: [
    {
      devices: [
        {
          rootPort: 'rp0',
          below: [
            {
              switch: 'sw',
              ports: [
                { below: [{ endpoint: 'nvme', class: 'nvme', bars: [{ index: 0, length: '64 KiB', kind: 'mem64' }] }] },
                { below: [{ endpoint: 'importer', class: 'gpu' }] },
              ],
            },
          ],
        },
      ],
    },
  ],
})

const at = (name: string) => names.get(name) ?? expect.fail(name)

export function step(verb: string, target: string, { as, ...args }: Readonly<Record<string, StepValue>> = {}): Step {
  return { verb, target, args, ...(typeof as === 'string' ? { as } : {}) }
}

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

/** How the steps ended, in order. */
export const endings = ({ outcomes }: Report): string[] =>
  outcomes.map(({ result }) => {
    if (result.kind === 'errno') return `${result.errno} ${result.rule}`
    return result.kind
  })

export const invariants = ({ violations }: Report): string[] => [
  ...new Set(violations.map(({ invariant }) => invariant)),
]
