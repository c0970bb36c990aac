/**
 * Random stories for what random-scenarios.ts has none of: iommufd by both its doors, uverbs, the old ways, virtual functions,
 * two exporters, a bus that is reset, places that fail, platforms and older kernels, processes that are killed, devices that sleep,
 * fail or are taken out. Each is a beginning, and threads that do a few words each.
 */
import type { Actor, Step } from '@barter/core'
import { acs } from '@barter/platform-acs'
import { busOffset } from '@barter/platform-bus-offset'
import { hazard } from '@barter/platform-hazard'
import { noPgmap } from '@barter/platform-no-pgmap'
import fc from 'fast-check'
import { named, step } from './card-house.ts'
import type { Story, World } from './full-house.ts'
import { upTo, used } from './random-scenarios.ts'

interface Kind {
  readonly devices: Readonly<Record<string, string>>
  readonly isApart?: boolean
  /** What makes all that others use. */
  readonly begins: readonly Step[]
  /** What threads of the same process do. A word may be several steps. */
  readonly words: readonly (readonly Step[])[]
  /** Devices that import, and the buffers that they may have. */
  readonly importers?: Readonly<Record<string, readonly string[]>>
  readonly buffers?: readonly string[]
  readonly admin: readonly Step[]
  readonly faults?: readonly string[]
  /** How often such a place fails; once unless told. */
  readonly fails?: number
  readonly worlds?: readonly World[]
  /** It breaks promises: that is what these stories are about. */
  readonly isOld?: boolean
}

const IMPORTERS = ['mlx5', 'irdma', 'xe', 'amdgpu', 'virtio-gpu']
const SIZE = 0x1_0000
const AT = 0x4000_0000
const PAGE = { bar: 0, ranges: [{ offset: 0, length: 4096 }] }
const open = (device: string, args: Step['args'] = {}) => step('open', device, args)
const register = (device: string, register: string, value: number) => step('configWrite', device, { register, value })
const off = (device: string) => [register(device, 'command', 0), register(device, 'command', 6)]
const allocated = (as: string) => named(as, step('allocate', 'memory', { length: SIZE }))
const into = (verb: string) => step(verb, 'n', { offset: AT, length: 64 })

/** Two devices bound to one iommufd: one lends a BAR, the other has an address space. */
const BOUND_TO_ONE = [
  named('fd', open('/dev/iommu')),
  named('space', step('ioasAlloc', 'fd')),
  named('d', open('nvme', { cdev: true })),
  step('bindIommufd', 'd', { iommufd: 'fd' }),
  named('buf', step('export', 'd', { bar: 0 })),
  named('n', open('far', { cdev: true })),
  step('bindIommufd', 'n', { iommufd: 'fd' }),
  step('attachIoas', 'n', { ioas: 'space' }),
]

export const KINDS: Readonly<Record<string, Kind>> = {
  iommufd: {
    devices: { nvme: 'vfio-pci', far: 'vfio-pci' },
    isApart: true,
    begins: BOUND_TO_ONE,
    words: [
      [step('ioasMapFile', 'space', { buffer: 'buf', iova: AT })],
      [step('ioasUnmap', 'space')],
      [step('detachIoas', 'n')],
      [into('dmaWrite')],
      [step('kernelAccess', 'space', { kind: 'rw', iova: AT, length: 4096, write: true })],
      [step('reset', 'd')],
      [step('close', 'd')],
      [step('close', 'fd')],
    ],
    admin: [step('unbind', 'nvme'), step('unbind', 'far'), step('iommuLookup', 'far', { address: AT })],
  },
  'iommufd as a container': {
    devices: { nvme: 'vfio-pci', far: 'vfio-pci' },
    isApart: true,
    begins: [
      named('fd', open('/dev/iommu')),
      named('d', open('nvme', { container: 'fd' })),
      named('n', open('far', { container: 'fd' })),
      named('buf', step('export', 'd', { bar: 0 })),
      named('space', step('vfioIoas', 'fd', { action: 'get' })),
      allocated('ram'),
    ],
    words: [
      [step('ioasMapFile', 'space', { buffer: 'buf', iova: AT })],
      [step('compatMap', 'fd', { memory: 'ram', iova: 0x1000 })],
      [step('compatUnmap', 'fd', { all: true })],
      [into('dmaRead')],
      [step('close', 'n')],
      [step('close', 'd')],
    ],
    admin: [step('unbind', 'nvme'), step('unbind', 'far')],
  },
  uverbs: {
    devices: { nvme: 'uverbs' },
    begins: [open('nvme'), named('buf', step('export', 'nvme', PAGE))],
    words: [
      [step('freeEntry', 'nvme', { bar: 0, offset: 0 })],
      [step('export', 'nvme', PAGE)],
      [step('entries', 'nvme')],
      [step('close', 'buf')],
      [step('close', 'nvme')],
    ],
    importers: { card: ['mlx5', 'irdma'], gpu: ['amdgpu', 'xe'] },
    buffers: ['buf'],
    admin: [step('unbind', 'nvme')],
  },
  type1: {
    devices: { nvme: 'vfio-pci', far: 'vfio-pci' },
    isApart: true,
    isOld: true,
    begins: [
      open('nvme', { container: 'guest' }),
      named('bar', step('mmap', 'nvme', { bar: 0 })),
      open('far', { container: 'guest' }),
      named('entry', step('import', 'bar', { on: 'far', driver: 'type1', container: 'guest', iova: AT })),
    ],
    words: [
      [step('write', 'entry', { length: 64 })],
      [step('dmaWrite', 'far', { offset: AT, length: 64 })],
      [step('store', 'bar', { data: 'x' })],
      [step('reset', 'nvme')],
      [step('close', 'entry')],
      [step('close', 'bar')],
      [step('close', 'nvme')],
      [step('close', 'far')],
    ],
    admin: [step('unbind', 'nvme'), step('unbind', 'far')],
  },
  dma_map_resource: {
    devices: { nvme: 'vfio-pci-map-resource' },
    isOld: true,
    begins: [open('nvme'), named('buf', step('export', 'nvme', { bar: 0 }))],
    words: [[step('export', 'nvme', { bar: 0 })], [step('close', 'buf')], [step('close', 'nvme')]],
    importers: { card: IMPORTERS, gpu: IMPORTERS },
    buffers: ['buf'],
    admin: [step('unbind', 'nvme')],
  },
  'struct pages': {
    devices: { disk: 'p2pmem' },
    isOld: true,
    begins: [open('disk'), step('addResource', 'disk', { bar: 0 }), named('buf', step('export', 'disk', PAGE))],
    words: [
      [step('export', 'disk', PAGE)],
      [step('publish', 'disk'), step('find', 'disk', { clients: ['card'] })],
      [step('p2pmem', 'disk')],
      [step('mmap', 'disk', { bar: 0, length: 4096 })],
      [step('close', 'buf')],
      [step('close', 'disk')],
    ],
    importers: { card: [...IMPORTERS, 'mlx5-data-direct'], gpu: [...IMPORTERS, 'prime'] },
    buffers: ['buf'],
    admin: [step('unbind', 'disk')],
  },
  'virtual functions': {
    devices: { 'physical-vf0': 'vfio-pci', physical: 'vfio-pci' },
    begins: [open('physical-vf0'), named('buf', step('export', 'physical-vf0', { bar: 0 }))],
    words: [[step('reset', 'physical-vf0')], [step('close', 'physical-vf0')], [open('physical')]],
    importers: { card: IMPORTERS },
    buffers: ['buf'],
    admin: [
      step('unbind', 'physical-vf0'),
      step('unbind', 'physical'),
      step('virtualFunctions', 'physical', { enable: false }),
    ],
    // The last close of the physical function resets it, which takes the other along, and nobody revokes (TRG-18).
    isOld: true,
  },
  'two exporters': {
    devices: { nvme: 'vfio-pci', disk: 'uverbs' },
    begins: [
      open('nvme'),
      named('buf', step('export', 'nvme', { bar: 0 })),
      open('disk'),
      named('more', step('export', 'disk', PAGE)),
    ],
    words: [[step('reset', 'nvme')], off('nvme'), [step('close', 'nvme')], [step('close', 'disk')]],
    importers: { card: ['mlx5'], gpu: ['amdgpu'] },
    buffers: ['buf', 'more'],
    admin: [step('unbind', 'nvme'), step('unbind', 'disk')],
  },
  'a reset of the bus': {
    devices: { nvme: 'vfio-pci', twin: 'vfio-pci' },
    begins: [
      open('nvme'),
      named('buf', step('export', 'nvme', { bar: 0 })),
      open('twin'),
      named('more', step('export', 'twin', { bar: 0 })),
    ],
    words: [
      [step('hotReset', 'nvme', { groups: ['nvme', 'twin'] })],
      [step('hotReset', 'twin', { groups: ['nvme', 'twin'] })],
      off('twin'),
      [step('close', 'nvme')],
    ],
    importers: { card: IMPORTERS },
    buffers: ['buf', 'more'],
    admin: [step('unbind', 'nvme'), step('unbind', 'twin')],
  },
  'places that fail': {
    devices: { nvme: 'vfio-pci' },
    isApart: true,
    begins: [open('nvme'), named('buf', step('export', 'nvme', { bar: 0 }))],
    words: [[step('reset', 'nvme')], off('nvme'), [step('export', 'nvme', { bar: 0 })], [step('close', 'nvme')]],
    importers: { card: IMPORTERS, far: IMPORTERS },
    buffers: ['buf'],
    admin: [step('unbind', 'nvme')],
    faults: ['sgt:alloc', 'iova:alloc', 'iova:link', 'dmabuf:export', 'vfio:fd', 'vfio:config-write', 'mlx5:zap'],
  },
  'places that fail twice': {
    devices: { nvme: 'vfio-pci' },
    isApart: true,
    begins: [open('nvme'), named('buf', step('export', 'nvme', { bar: 0 }))],
    words: [[step('reset', 'nvme')], off('nvme'), [step('close', 'nvme')]],
    importers: { card: IMPORTERS, far: ['mlx5', 'irdma', 'virtio-gpu'] },
    buffers: ['buf'],
    admin: [step('unbind', 'nvme')],
    faults: ['mlx5:zap', 'irdma:dereg', 'virtio-gpu:detach', 'dma:map', 'dmabuf:attach', 'vfio:resume', 'sgt:entries'],
    fails: 2,
  },
  platforms: {
    devices: { nvme: 'vfio-pci' },
    begins: [open('nvme'), named('buf', step('export', 'nvme', { bar: 0 }))],
    words: [[step('reset', 'nvme')], off('nvme'), [step('close', 'nvme')]],
    importers: { card: IMPORTERS, far: [...IMPORTERS, 'probe'] },
    buffers: ['buf'],
    admin: [step('unbind', 'nvme'), step('pretend', 'card', { acs: 0 }), step('distance', 'nvme', { to: 'far' })],
    worlds: [
      { plugins: [acs({ mode: 'redirect' })] },
      { plugins: [acs({ mode: 'kernel-default', atsOff: true })] },
      { plugins: [noPgmap({ arch: 'mips64' })] },
      { plugins: [hazard({ platform: 'poor', uncarried: 'hang' })] },
      { plugins: [hazard({ uncarried: 'dropped' })] },
      { plugins: [busOffset('rpi5')] },
    ],
    isOld: true,
  },
  'older kernels': {
    devices: { nvme: 'vfio-pci' },
    begins: [open('nvme'), named('buf', step('export', 'nvme', { bar: 0 }))],
    words: [[step('reset', 'nvme')], off('nvme'), [step('close', 'nvme')], [step('export', 'nvme', { bar: 0 })]],
    importers: { card: IMPORTERS, far: IMPORTERS },
    buffers: ['buf'],
    admin: [step('unbind', 'nvme')],
    worlds: [
      { facts: { generation: 'G1' } },
      { facts: { generation: 'G1p', pageSize: 65_536 } },
      { facts: { generation: 'G2r' } },
      { facts: { switches: new Set(['BUG-35', 'BUG-43']) } },
    ],
    isOld: true,
  },
  'an IOMMU with large pages': {
    devices: { nvme: 'vfio-pci', far: 'vfio-pci' },
    isApart: true,
    begins: BOUND_TO_ONE,
    words: [
      [step('ioasMapFile', 'space', { buffer: 'buf', iova: AT })],
      [step('ioasMapFile', 'space', { buffer: 'buf', offset: 4096, length: 4096 })],
      [step('ioasCopy', 'space', { from: 'space', at: AT, length: SIZE })],
      [step('ioasUnmap', 'space')],
      [step('ioasHugePages', 'space', { value: false })],
      [into('dmaWrite')],
      [step('reset', 'd')],
      [step('close', 'n')],
    ],
    admin: [step('unbind', 'far')],
    worlds: [{ iommu: { granule: 16_384 } }, { iommu: { granule: 65_536 } }, { iommu: { groups: 'ideal' } }],
  },
  'processes that are killed': {
    devices: { nvme: 'vfio-pci' },
    begins: [open('nvme'), named('buf', step('export', 'nvme', { bar: 0 }))],
    words: [[step('reset', 'nvme')], off('nvme'), [step('close', 'nvme')]],
    importers: { card: IMPORTERS, gpu: IMPORTERS },
    buffers: ['buf'],
    admin: [step('kill', 'user0'), step('kill', 'vmm'), step('look', 'vmm')],
  },
  'a device that sleeps': {
    devices: { nvme: 'vfio-pci' },
    begins: [open('nvme'), named('buf', step('export', 'nvme', { bar: 0 }))],
    words: [
      [register('nvme', 'pmcsr', 3), register('nvme', 'pmcsr', 0)],
      [step('lowPower', 'nvme', { action: 'entry' })],
      [step('lowPower', 'nvme', { action: 'entry-with-wakeup' })],
      [step('lowPower', 'nvme', { action: 'exit' })],
      [step('pread', 'nvme', { region: 0 })],
    ],
    importers: { card: ['mlx5', 'irdma'], gpu: ['virtio-gpu', 'amdgpu'], far: ['mlx5', 'irdma'] },
    buffers: ['buf'],
    admin: [step('wait', 'buf', { until: 'revoked' }), step('unbind', 'nvme')],
  },
  'errors and slots': {
    devices: { nvme: 'vfio-pci', twin: 'vfio-pci', 'physical-vf0': 'vfio-pci', physical: '' },
    begins: [
      open('nvme'),
      named('buf', step('export', 'nvme', { bar: 0 })),
      open('physical-vf0'),
      named('more', step('export', 'physical-vf0', { bar: 0 })),
    ],
    words: [
      [step('armError', 'nvme'), step('errorSeen', 'nvme')],
      [step('armRequest', 'nvme'), step('requestSeen', 'nvme')],
      [step('reset', 'physical-vf0')],
      [step('close', 'nvme')],
    ],
    importers: { card: ['mlx5', 'xe'] },
    buffers: ['buf', 'more'],
    admin: [
      step('pciError', 'nvme'),
      step('unplug', 'nvme'),
      step('unplug', 'physical-vf0'),
      step('virtualFunctions', 'physical', { enable: false }),
    ],
  },
  RAM: {
    devices: {},
    begins: [named('file', step('allocate', 'memfd', { length: SIZE })), named('buf', step('udmabuf', 'file'))],
    words: [[step('store', 'file', { data: 'x' })], [step('close', 'buf')], [step('close', 'file')]],
    importers: { card: [...IMPORTERS, 'mlx5-data-direct'], gpu: [...IMPORTERS, 'prime'] },
    buffers: ['buf'],
    admin: [],
  },
}

interface User {
  readonly on: string
  readonly buffer: string
  readonly words: readonly string[]
}

const user = (devices: readonly string[], buffers: readonly string[]): fc.Arbitrary<User> =>
  fc.record({
    on: fc.constantFrom(...devices),
    buffer: fc.constantFrom(...buffers),
    words: fc.array(fc.constantFrom('write', 'read', 'close'), { maxLength: 2 }),
  })

/** **Shape** `kind`: of `KINDS`. */
export function storyOf(kind: Kind): fc.Arbitrary<Story> {
  const { devices, importers = {}, buffers = [], faults, fails = 1, worlds, isApart = false } = kind
  const cards = Object.keys(importers)
  const drivers = fc.record(
    Object.fromEntries(cards.map((card) => [card, fc.constantFrom(...(importers[card] ?? []))])),
  )
  const words = fc.array(fc.constantFrom(...kind.words), { minLength: 1, maxLength: 2 })
  const users: fc.Arbitrary<readonly User[]> =
    cards.length === 0 ? fc.constant([]) : fc.array(user(cards, buffers), { minLength: 1, maxLength: 2 })
  return fc
    .record({
      drivers,
      main: words,
      thread: fc.option(words, { nil: [] }),
      users,
      admin: kind.admin.length === 0 ? fc.constant(null) : fc.option(fc.constantFrom(...kind.admin), { freq: 2 }),
      fault: faults === undefined ? fc.constant(undefined) : fc.constantFrom(...faults),
      world: worlds === undefined ? fc.constant(undefined) : fc.constantFrom(...worlds),
    })
    .map(({ drivers: bound, main, thread, users: all, admin, fault, world }): Story => {
      const actors: readonly Actor[] = [
        { name: 'vmm', process: 'vmm', steps: [...kind.begins, ...main.flat()] },
        { name: 'thread', process: 'vmm', steps: thread.flat() },
        ...all.map(({ on, buffer, words: doing }, i) => ({
          name: `user${i}`,
          steps: [
            named(`object${i}`, step('import', buffer, { on })),
            ...upTo(doing, 'close').map((word) => used(word, `object${i}`)),
          ],
        })),
        { name: 'admin', steps: admin === null ? [] : [admin] },
      ]
      return {
        devices: { ...devices, ...bound },
        actors: actors.filter(({ steps }) => steps.length > 0),
        isApart,
        ...(fault === undefined ? {} : { fault, fails }),
        ...(world === undefined ? {} : { world }),
      }
    })
}
