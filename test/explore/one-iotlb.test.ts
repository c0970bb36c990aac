/** Domains give out the same IOVAs, so entries of several take one slot of the IOTLB: who comes last puts another's out. */
import { join } from 'node:path'
import { loadScenario } from '@barter/cli'
import { depthFirst, explorableOf } from '@barter/explore'
import { expect, test } from 'vitest'

test('two devices behind one IOMMU: each step tells whose entry it puts out', async () => {
  const directory = import.meta.dirname
  const { system, scenario } = await loadScenario(join(directory, 'one-iotlb.yaml'), { cwd: directory, plugins: [] })
  // All of it takes 20 s; where nobody told, a few schedules showed it.
  const { schedules, found } = depthFirst(explorableOf(system, scenario), { match: true, schedules: 40 })
  expect(found).toEqual([])
  expect(schedules).toBe(40)
})
