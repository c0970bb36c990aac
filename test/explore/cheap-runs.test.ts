/** A schedule begins with a fresh system; what all of them have in common is made once. */
import { type Bdf, buildTopology, compose, type Scenario } from '@barter/core'
import { explore } from '@barter/explore'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { rdma } from '@barter/importer-rdma'
import { sim } from '@barter/sim'
import { SyncHook } from 'tapable'
import { container } from 'tsyringe'
import { expect, test, vi } from 'vitest'

const { topology, names } = buildTopology({
  hostBridges: [
    {
      devices: [
        { rootPort: 'a', below: [{ endpoint: 'nvme', bars: [{ index: 0, length: '64 KiB', kind: 'mem64' }] }] },
        { rootPort: 'b', below: [{ endpoint: 'nic', class: 'nic' }] },
      ],
    },
  ],
})

const bdf = (name: string): Bdf => {
  const found = names.get(name)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found
}

const STORY: Scenario = {
  title: 'a buffer is lent and taken back',
  devices: {
    nvme: { at: bdf('nvme'), driver: 'vfio-pci' },
    nic: { at: bdf('nic'), driver: 'mlx5' },
  },
  actors: [
    {
      name: 'vmm',
      steps: [
        { verb: 'open', target: 'nvme', args: {} },
        { verb: 'export', target: 'nvme', args: { bar: 0 }, as: 'buf' },
        { verb: 'close', target: 'nvme', args: {} },
      ],
    },
    { name: 'writer', steps: [{ verb: 'import', target: 'buf', args: { on: 'nic' }, as: 'mr' }] },
  ],
  expect: [],
}

test('a schedule asks no container and compiles no hook', () => {
  const containers = Object.getPrototypeOf(container) as typeof container
  const hooks = Object.getPrototypeOf(new SyncHook()) as { _createCall(type: string): unknown }
  const counted = [
    vi.spyOn(containers, 'createChildContainer'),
    vi.spyOn(containers, 'resolve'),
    vi.spyOn(hooks, '_createCall'),
  ]
  const counts = (): number[] => counted.map(({ mock }) => mock.calls.length)
  try {
    const system = compose({ topology, plugins: [sim(), vfioPci(), rdma()] })
    const sample = (seed: number): number =>
      explore(system, STORY, { strategy: 'random', schedules: 20, seed }).schedules
    // The first asks for what the system keeps from then on.
    expect(sample(1)).toBe(20)
    const before = counts()
    expect(Math.min(...before)).toBeGreaterThan(0)
    expect(sample(2)).toBe(20)
    expect(counts()).toEqual(before)
  } finally {
    vi.restoreAllMocks()
  }
})
