/**
 * A physical function whose virtual one is lent. Its own resets take that one along, and nobody takes the buffer back first:
 * the kernel revokes for the function that is reset, and not for those that go with it.
 */
import type { Step } from '@barter/core'
import { exploreSubject } from '@barter/explore'
import { expect, test } from 'vitest'
import { named, step } from './card-house.ts'
import { subjectOf } from './full-house.ts'

const explored = (steps: readonly Step[], schedules: number) => {
  const subject = subjectOf({
    devices: { 'physical-vf0': 'vfio-pci', physical: 'vfio-pci', card: 'mlx5' },
    actors: [
      { name: 'vmm', steps: [step('open', 'physical-vf0'), named('buf', step('export', 'physical-vf0', { bar: 0 }))] },
      {
        name: 'user',
        steps: [
          named('object', step('import', 'buf', { on: 'card' })),
          step('start', 'host'),
          step('write', 'object', { length: 64 }),
        ],
      },
      { name: 'host', steps },
    ],
  })
  const { violations } = exploreSubject(subject, { strategy: 'random', schedules, shrink: false })
  return violations.map(({ violation: { invariant, rule } }) => `${invariant} ${rule}`)
}

test.each<[string, readonly Step[]]>([
  ['a reset through VFIO', [step('open', 'physical'), step('reset', 'physical')]],
  ['the reset at the last close', [step('open', 'physical'), step('close', 'physical')]],
  ['a reset through sysfs', [step('sysfsReset', 'physical')]],
  ['memory of its virtual functions off', [step('virtualFunctions', 'physical', { memory: false })]],
])('TRG-18, HAZ-15: %s: packets for the virtual function may come into the dark', (_what, steps) => {
  expect(explored(steps, 300)).toEqual(['INV-14 HAZ-1'])
})

test.each<[string, Step]>([
  ['unbound', step('unbind', 'physical')],
  ['told to have none', step('virtualFunctions', 'physical', { enable: false })],
])('TRG-15: one that is %s waits until its virtual functions are given back', (_what, act) => {
  expect(explored([act], 100)).toEqual([])
})
