/** A fault that shows in many schedules of a huge space: random schedules find it at once, a search only late. */
import type { Explorable, TopologySpec } from '@barter/core'
import { dpor, explorableOf, type Exploration, exploreInParts, exploreSubject, TaskRunner } from '@barter/explore'
import { drm } from '@barter/importer-drm'
import { expect, test } from 'vitest'
import { type House, scenarioOf, step, systemOf } from '../mutants/house.ts'
import { cutTable, TOLD } from '../mutants/nic.ts'
import { borrow, lend } from '../mutants/story.ts'

const GPUS = ['gpu0', 'gpu1']

const machine: TopologySpec = {
  hostBridges: [
    {
      devices: [
        {
          rootPort: 'rp',
          below: [
            {
              switch: 'sw',
              ports: [
                { below: [{ endpoint: 'nvme', bars: [{ index: 0, length: '64 KiB', kind: 'mem64' }] }] },
                { below: [{ endpoint: 'nic', class: 'nic' }] },
                ...GPUS.map((gpu) => ({ below: [{ endpoint: gpu, class: 'gpu' as const }] })),
              ],
            },
          ],
        },
      ],
    },
  ],
}

/** The NIC spoils its table when it is told to let go (BUG-76), while GPUs are busy. */
function huge(): Explorable {
  const house: House = {
    machine,
    nic: { told: [cutTable, ...TOLD] },
    plugins: [drm()],
    also: Object.fromEntries(GPUS.map((gpu) => [gpu, 'amdgpu'])),
  }
  const busy = (gpu: string) => [
    step('import', 'buf', { on: gpu, as: `object of ${gpu}` }),
    step('write', `object of ${gpu}`, { length: 64 }),
    step('submit', `object of ${gpu}`),
  ]
  const actors = {
    vmm: [...lend, step('reset', 'nvme')],
    nic: [borrow],
    ...Object.fromEntries(GPUS.map((gpu) => [gpu, busy(gpu)])),
  }
  return explorableOf(systemOf(house), scenarioOf('a reset beside busy GPUs', actors, house))
}

const invariants = ({ violations }: Exploration): readonly string[] =>
  violations.map(({ violation }) => violation.invariant)

test('INV-21: states find it in the schedules that they learn from, and so do several workers', async () => {
  const one = exploreSubject(huge(), { shrink: false })
  expect(invariants(one)).toEqual(['INV-21'])
  expect(one.words).toMatch(/^sampled \(stopped at the first violation, \d+ schedules?\)$/)
  expect(one.schedules).toBeLessThanOrEqual(40)

  const runner = new TaskRunner(huge())
  const several = await exploreInParts(huge(), {}, [{ run: async (task) => Promise.resolve(runner.run(task)) }])
  // Who is told so searches alone.
  expect(several).toBe(undefined)
})

test('INV-21: dpor finds it in schedules beside it, and would not in as many steps', () => {
  const beside = exploreSubject(huge(), { strategy: 'dpor', shrink: false })
  expect(invariants(beside)).toEqual(['INV-21'])

  const alone = dpor(huge(), { schedules: 500 })
  expect([alone.found, alone.complete]).toEqual([[], false])
  expect(alone.steps).toBeGreaterThan(2 * beside.steps)
})
