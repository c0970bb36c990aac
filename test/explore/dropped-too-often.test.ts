/** INV-6: an exporter that drops its own mapping once too often is told so, by every strategy, and not that its plugin is moody. */
import { REVOKE } from '@barter/exporter-vfio-pci'
import { explore } from '@barter/explore'
import { expect, test } from 'vitest'
import { addedBehind } from '../mutants/edit-list.ts'
import { scenarioOf, systemOf } from '../mutants/house.ts'
import { resetWhileUnmappingLater } from '../mutants/story.ts'

const dropOwn = REVOKE.filter(({ name }) => name === 'dropOwn')

test.each(
  (['states', 'dpor'] as const).flatMap((strategy) =>
    ['lockResv', 'dropOwn', 'waitUnmapped'].map((after) => [strategy, after] as const),
  ),
)('INV-6: %s, a second drop after %s: nothing else is found', (strategy, after) => {
  const revoke = dropOwn.reduce((list, drop) => addedBehind(list, after, drop), REVOKE)
  const house = { ...resetWhileUnmappingLater.house, vfio: { protocols: { revoke } } }
  const scenario = scenarioOf(resetWhileUnmappingLater.title, resetWhileUnmappingLater.actors, house)
  const { coverage, violations } = explore(systemOf(house), scenario, { strategy, shrink: false, stopAtFirst: false })
  expect(coverage).toBe('complete')
  expect([...new Set(violations.map(({ violation }) => violation.invariant))]).toEqual(['INV-6'])
})
