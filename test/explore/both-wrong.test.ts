/** Two threads may break rules of which neither concerns the other: what one breaks ends the run, and hides what the other does. */
import { depthFirst, dpor, explorableOf } from '@barter/explore'
import { REVOKE } from '@barter/exporter-vfio-pci'
import { expect, test } from 'vitest'
import { movedBehind } from '../mutants/edit-list.ts'
import { type House, scenarioOf, step, systemOf } from '../mutants/house.ts'
import { unmap, unmapLater } from '../mutants/nic.ts'
import { lend } from '../mutants/story.ts'

/** A revoke that gives up its own count too late, and raises its flag last; and an importer that unmaps twice. */
const house: House = {
  vfio: { protocols: { revoke: movedBehind(movedBehind(REVOKE, 'invalidate', 'dropOwn'), 'setFlag', 'waitUnmapped') } },
  nic: { told: [unmapLater, unmap], remaps: true },
}
const any = ['ok', 'error', 'ENODEV', 'EINVAL'] as const
const story = {
  vmm: [...lend, step('reset', 'nvme')],
  nic: [step('import', 'buf', { on: 'nic', as: 'mr', expect: any })],
}

test('INV-6, INV-12: states find what either of them breaks, as dpor does', () => {
  const subject = explorableOf(systemOf(house), scenarioOf('both are wrong', story, house))
  const every = { violations: Infinity }
  for (const search of [depthFirst(subject, { match: true, learn: false, ...every }), dpor(subject, every)]) {
    expect(search.complete).toBe(true)
    expect(search.found.map(({ violation }) => violation.invariant).sort()).toEqual(['INV-12', 'INV-6'])
  }
})
