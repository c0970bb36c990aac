/** One owner releases an IOMMU group while another takes it: what the new owner maps there stays, in every order. */
import { type Actor, buildTopology, compose, type Plugin, type Step } from '@barter/core'
import { depthFirst, explorableOf, type Tally } from '@barter/explore'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { iommufd } from '@barter/importer-iommufd'
import { type1 } from '@barter/legacy-type1'
import { iommu } from '@barter/platform-iommu'
import { sim } from '@barter/sim'
import { expect, test } from 'vitest'
import { NEAR } from '../iommufd/house.ts'
import { named, step } from './card-house.ts'

const { topology, names } = buildTopology({ memory: '1 GiB', ...NEAR })

/** Two preemptions: one lets the other in, one lets the first go on. */
function explored(plugins: readonly Plugin[], actors: readonly Actor[]): Tally {
  const devices = ['disk', 'nic', 'gpu'].map((name) => {
    const at = names.get(name) ?? expect.fail(`there is no ${name}`)
    return [name, { at, driver: 'vfio-pci' }] as const
  })
  const scenario = { title: 'owners of a group', devices: Object.fromEntries(devices), actors, expect: [] }
  const system = compose({ topology, plugins: [sim(), vfioPci(), ...plugins, iommu()] })
  const found = depthFirst(explorableOf(system, scenario), { match: true, outcomes: true, preemptions: 2 })
  expect(found.found).toEqual([])
  expect(found.complete).toBe(true)
  return found
}

/** A program that lends, and then two whose order is open. */
const lends = (steps: readonly Step[], one: readonly Step[], other: readonly Step[]): readonly Actor[] => [
  { name: 'lender', steps: [step('open', 'gpu'), ...steps, step('start', 'one'), step('start', 'other')] },
  { name: 'one', process: 'lender', steps: one },
  { name: 'other', process: 'lender', steps: other },
]

const outcomesOf = ({ outcomes }: Tally): readonly string[] => [...outcomes.keys()].sort()

test('VFIO-63, T1-5: a container gives a group back when its own translations are gone', () => {
  const map = (container: string, as: string) =>
    named(as, step('import', 'bar', { on: 'nic', driver: 'type1', container, iova: 0x10_0000 }))
  const found = explored(
    [type1()],
    lends(
      [named('bar', step('mmap', 'gpu', { bar: 0 })), map('one', 'first')],
      [step('close', 'first')],
      [map('other', 'second'), step('write', 'second', { length: 4096 })],
    ),
  )
  expect(outcomesOf(found)).toEqual([
    'lender: ok, ok, ok, ok, ok; one: ok; other: EPERM, not reached',
    'lender: ok, ok, ok, ok, ok; one: ok; other: ok, ok',
  ])
  expect(found.schedules).toBe(38)
})

test('VFIO-63: so does one of vfio-pci alone, and who gets the group is an iommufd', () => {
  const found = explored(
    [iommufd()],
    lends(
      [
        named('buf', step('export', 'gpu', { bar: 0 })),
        named('file', step('open', 'disk', { cdev: true })),
        step('bindIommufd', 'file', { iommufd: 'by name' }),
      ],
      [step('close', 'file')],
      [
        named('entry', step('import', 'buf', { on: 'nic', driver: 'iommufd' })),
        step('write', 'entry', { length: 4096 }),
      ],
    ),
  )
  expect(outcomesOf(found)).toEqual([
    'lender: ok, ok, ok, ok, ok, ok; one: ok; other: EPERM, not reached',
    'lender: ok, ok, ok, ok, ok, ok; one: ok; other: ok, ok',
  ])
  expect(found.schedules).toBe(32)
})

test('VFIO-1: a device is open through its group or through its own door, never through both', () => {
  const found = explored(
    [],
    lends(
      [named('own', step('open', 'nic', { cdev: true }))],
      [named('file', step('open', 'nic'))],
      [step('bindIommufd', 'own')],
    ),
  )
  expect(outcomesOf(found)).toEqual([
    'lender: ok, ok, ok, ok; one: EBUSY; other: ok',
    'lender: ok, ok, ok, ok; one: ok; other: EBUSY',
  ])
  expect(found.schedules).toBe(14)
})
