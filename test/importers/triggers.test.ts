/** Every importer that vfio-pci admits, against everything that takes the buffer back, on every kind of path. */
import { describe, expect, test } from 'vitest'
import type { Step } from '@barter/core'
import { explore, faults, PATHS, step, wasCaught, worksAgain } from './machine.ts'

const RUNS = 10

/** Each use may meet a revoke, and ends then as its driver has it (DRM-4, DRM-13, DRM-21, RDMA-2, RDMA-6, RDMA-14). */
const may = { expect: ['ok', 'error', 'ENODEV', 'EINVAL'] } as const
const pause = (length: string) => step('sleep', length)

/** A job that runs for a while, where the driver has a word for one; else transfers one after the other. */
const busy = (driver: string, name: string): Step => {
  const job = { length: '16 KiB', ticks: 200, ...may }
  if (driver === 'amdgpu') return step('submit', name, job)
  if (driver === 'xe') return step('exec', name, job)
  return step('write', name, { length: '4 KiB', times: 5, pause: 20, ...may })
}

const use = (driver: string, name: string): readonly Step[] => [
  step('write', name, { length: '16 KiB', ...may }),
  busy(driver, name),
  step('read', name, { length: '16 KiB', ...may }),
]
const load = (as: string, options: Options) => step('import', 'buf', { on: 'importer', as, ...options, ...may })

/**
 * An import, used, and used again when the buffer has come back: the same one where the driver can, else another. Of xe
 * the first one has to be closed before anybody waits, since a revoke waits for that (DRM-12).
 */
function user(driver: string, options: Options, comesBack: boolean): readonly Step[] {
  const first = [load('first', options), ...use(driver, 'first')]
  if (!comesBack) return [...first, ...use(driver, 'first'), step('close', 'first')]
  const live = step('wait', 'buf', { until: 'live' })
  const restarts = driver === 'mlx5' || driver === 'amdgpu'
  if (restarts) return [...first, live, ...use(driver, 'first'), step('close', 'first')]
  return [
    ...first,
    step('close', 'first'),
    live,
    load('second', options),
    ...use(driver, 'second'),
    step('close', 'second'),
  ]
}

type Options = Readonly<Record<string, string>>

const lend = [step('open', 'nvme'), step('export', 'nvme', { bar: 0, as: 'buf' })]
const mapped = step('wait', 'buf', { until: 'mapped' })
const reset = step('reset', 'nvme')
const memory = (on: boolean) => step('configWrite', 'nvme', { register: 'command', value: on ? 0x106 : 0x104 })
const offAndOn = [memory(false), pause('10'), memory(true)]

interface Trigger {
  readonly comesBack: boolean
  readonly actors: Readonly<Record<string, readonly Step[]>>
}

const triggers: Readonly<Record<string, Trigger>> = {
  'TRG-9, INV-14: resets': {
    comesBack: true,
    actors: { vmm: [...lend, mapped, reset, reset] },
  },
  'DMB-9, DMB-10, INV-5: resets while it imports': {
    comesBack: true,
    actors: { vmm: [...lend, reset, reset] },
  },
  'TRG-1, TRG-2: the memory bit off and on': {
    comesBack: true,
    actors: { vmm: [...lend, mapped, ...offAndOn, ...offAndOn] },
  },
  'TRG-14, INV-26: the close of the device': {
    comesBack: false,
    actors: { vmm: [...lend, mapped, step('close', 'nvme')] },
  },
  'TRG-15, INV-3, INV-23: an unbind while jobs run': {
    comesBack: false,
    // The pause gives the administrator time to come first.
    actors: { vmm: [...lend, mapped, pause('150'), step('close', 'nvme')], admin: [mapped, step('unbind', 'nvme')] },
  },
}

const importers: readonly (readonly [driver: string, options: Options])[] = [
  ['mlx5', {}],
  ['irdma', {}],
  ['amdgpu', {}],
  ['xe', {}],
  ['xe', { mode: 'fault' }],
  ['virtio-gpu', {}],
]

describe.each(importers)('%s %o', (driver, options) => {
  describe.each(PATHS)('over %s', (path) => {
    test.each(Object.entries(triggers))('%s', (_, { actors, comesBack }) => {
      const reports = explore({ ...actors, user: user(driver, options, comesBack) }, { driver, path, runs: RUNS })
      expect(reports.flatMap(faults)).toEqual([])
      // The search meets mappings that are in use; and, where the buffer comes back, uses after that.
      expect([reports.length, reports.some(wasCaught), reports.some(worksAgain)]).toEqual([RUNS, true, comesBack])
    })
  })
})
