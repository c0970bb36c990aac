/**
 * Stories that were called a determinism violation though no plugin was at fault: each step has to tell what it depends on,
 * whoever makes or numbers what it uses.
 */
import { dpor, exploreSubject } from '@barter/explore'
import { expect, test } from 'vitest'
import { named, step } from './card-house.ts'
import { subjectOf, type Story } from './full-house.ts'

const lend = (device: string, as: string) => [step('open', device), named(as, step('export', device, { bar: 0 }))]
const use = (buffer: string, on: string, as: string) => named(as, step('import', buffer, { on }))
const write = (as: string) => step('write', as, { length: 64 })
const FIRST_PAGE = { bar: 0, ranges: [{ offset: 0, length: 4096 }] }

const STORIES: Readonly<Record<string, Story>> = {
  'a wait with a timeout: what it waits for may come in the last moment': {
    devices: {},
    actors: [
      { name: 'vmm', steps: [step('sleep', 'machine', { ticks: 50 })] },
      { name: 'user', steps: [step('wait', 'vmm', { until: 'done', timeout: 100 })] },
    ],
  },
  'a GPU has one address space, made for whoever comes first': {
    devices: { nvme: 'vfio-pci', gpu: 'amdgpu' },
    actors: [
      { name: 'vmm', steps: lend('nvme', 'buf') },
      { name: 'one', steps: [use('buf', 'gpu', 'first')] },
      { name: 'two', steps: [use('buf', 'gpu', 'second')] },
    ],
  },
  'a buffer, and what waits for it to be made, have one name': {
    devices: { card: 'mlx5-data-direct', gpu: 'amdgpu' },
    actors: [
      {
        name: 'vmm',
        process: 'vmm',
        steps: [named('file', step('allocate', 'memfd', { length: 65_536 })), named('buf', step('udmabuf', 'file'))],
      },
      { name: 'one', steps: [use('buf', 'card', 'first'), step('close', 'first')] },
      { name: 'two', steps: [use('buf', 'gpu', 'second')] },
    ],
  },
  'a process is sent two buffers in either order': {
    devices: { nvme: 'vfio-pci', disk: 'vfio-pci', card: 'mlx5' },
    actors: [
      { name: 'vmm', steps: lend('nvme', 'buf') },
      { name: 'other', steps: lend('disk', 'more') },
      { name: 'user', steps: [use('buf', 'card', 'first'), use('more', 'card', 'second'), step('close', 'second')] },
    ],
  },
  'the names of buffers have numbers': {
    devices: { nvme: 'vfio-pci', disk: 'vfio-pci', gpu: 'amdgpu' },
    actors: [
      { name: 'vmm', steps: [...lend('nvme', 'buf'), step('export', 'nvme', { bar: 0 })] },
      { name: 'other', steps: [step('open', 'disk'), named('more', step('export', 'disk', FIRST_PAGE))] },
      { name: 'user', steps: [use('buf', 'gpu', 'first'), write('first'), use('more', 'gpu', 'second')] },
    ],
  },
  'an unbind while buffers of another exporter come and go': {
    devices: { nvme: 'vfio-pci', disk: 'uverbs', card: 'mlx5' },
    actors: [
      { name: 'vmm', steps: lend('nvme', 'buf') },
      { name: 'app', steps: [step('open', 'disk'), named('more', step('export', 'disk', FIRST_PAGE))] },
      { name: 'user', steps: [use('more', 'card', 'first'), use('buf', 'card', 'second')] },
      { name: 'admin', steps: [step('unbind', 'nvme')] },
    ],
  },
  'CPUs write over one another, and a GPU reads it': {
    devices: { nvme: 'vfio-pci', gpu: 'amdgpu' },
    actors: [
      {
        name: 'vmm',
        process: 'vmm',
        steps: [
          step('open', 'nvme'),
          named('map', step('mmap', 'nvme', { bar: 0 })),
          named('buf', step('export', 'nvme', { bar: 0 })),
          step('pwrite', 'nvme', { region: 0 }),
        ],
      },
      { name: 'cpu', process: 'vmm', steps: [step('store', 'map', { data: 'x' })] },
      { name: 'user', steps: [use('buf', 'gpu', 'first'), step('read', 'first', { length: 64 })] },
    ],
  },
  'who queues a command waits for the one before, whosever that is': {
    devices: { nvme: 'vfio-pci', gpu: 'virtio-gpu' },
    actors: [
      { name: 'vmm', steps: lend('nvme', 'buf') },
      { name: 'one', steps: [use('buf', 'gpu', 'first'), step('close', 'first')] },
      { name: 'two', steps: [use('buf', 'gpu', 'second'), step('close', 'second')] },
      { name: 'three', steps: [use('buf', 'gpu', 'third'), step('read', 'third', { length: 64 })] },
    ],
  },
  'nobody answers, for one reason or another, and a driver says which': {
    devices: { nvme: 'vfio-pci', far: 'probe' },
    actors: [
      {
        name: 'user',
        steps: [
          ...lend('nvme', 'buf'),
          use('buf', 'far', 'object'),
          step('map', 'object'),
          step('start', 'admin'),
          write('object'),
          write('object'),
        ],
      },
      {
        name: 'admin',
        steps: [step('setpci', 'far', { register: 'pmcsr', value: 3 }), step('sysfsReset', 'far')],
      },
    ],
  },
  'a function is through with its reset, unless another has begun': {
    devices: { 'physical-vf0': 'vfio-pci', physical: 'vfio-pci' },
    actors: [
      {
        name: 'vmm',
        steps: [step('open', 'physical-vf0'), step('start', 'admin'), step('reset', 'physical-vf0')],
      },
      { name: 'admin', steps: [step('sysfsReset', 'physical')] },
    ],
  },
  'containers that nobody named have numbers': {
    devices: { nvme: 'vfio-pci' },
    actors: [
      { name: 'vmm', steps: [step('open', '/dev/vfio/vfio'), step('open', '/dev/vfio/vfio')] },
      { name: 'other', steps: [step('open', '/dev/vfio/vfio'), step('open', 'nvme')] },
    ],
  },
  'the first key of a NIC is taken as well': {
    devices: { nvme: 'vfio-pci', card: 'mlx5' },
    actors: [
      {
        name: 'vmm',
        steps: [...lend('nvme', 'buf'), step('start', 'one'), step('start', 'two'), use('buf', 'card', 'first')],
      },
      { name: 'one', steps: [use('buf', 'card', 'second')] },
      { name: 'two', steps: [use('buf', 'card', 'third'), step('close', 'third')] },
    ],
  },
  'who is to be reset with a device, while one of them loses its driver': {
    devices: { nvme: 'vfio-pci', twin: 'vfio-pci' },
    actors: [
      {
        name: 'vmm',
        steps: [step('open', 'nvme'), step('open', 'twin'), step('start', 'other'), step('start', 'admin')],
      },
      {
        name: 'other',
        steps: [step('hotReset', 'nvme', { groups: ['nvme', 'twin'] }), step('hotReset', 'nvme', { groups: ['nvme'] })],
      },
      { name: 'admin', steps: [step('unbind', 'twin')] },
    ],
  },
  'a driver is bound to a function that is gone, or not yet': {
    devices: { nvme: 'vfio-pci' },
    actors: [
      { name: 'other', steps: [step('unplug', 'nvme')] },
      { name: 'admin', steps: [step('sleep', '', { ticks: 10_000_000 }), step('bind', 'nvme')] },
    ],
  },
}

test.each(Object.entries(STORIES))('%s', (_title, story) => {
  // Some random schedules go before it, in which it is looked at; that is enough to see it where it is not told.
  const { found, schedules } = dpor(subjectOf(story), { schedules: 2 })
  expect([found, schedules]).toEqual([[], 2])
})

test('INV-16: a device that nobody stops may write while its translation is taken away', () => {
  const subject = subjectOf({
    isApart: true,
    devices: { nvme: 'vfio-pci', far: 'iommufd' },
    actors: [
      { name: 'vmm', steps: [...lend('nvme', 'buf'), step('reset', 'nvme')] },
      { name: 'user', steps: [use('buf', 'far', 'object'), write('object')] },
    ],
  })
  const { violations, schedules } = exploreSubject(subject, { strategy: 'random', schedules: 200, shrink: false })
  expect([violations, schedules]).toEqual([[], 200])
})
