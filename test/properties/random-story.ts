/**
 * Random stories: a process that lends BARs and does to its device whatever user space can, from several threads; others
 * that import, write, map and let go meanwhile; and one who unbinds the driver under them.
 */
import type { Actor, Expected, Scenario, Step, StepValue } from '@barter/core'
import fc from 'fast-check'

/** Buffers and imports that exist in every story: as many as are lent by whoever lends first. */
const BUFFERS = ['buf0', 'buf1']
const FULL_COMMAND = 0x7
const FLR = 0x8000

type Args = Readonly<Record<string, StepValue>>
const step = (
  verb: string,
  target: string,
  args: Args = {},
  expect: readonly Expected[] = ['ok'],
  as?: string,
): Step => ({
  verb,
  target,
  args,
  expect,
  ...(as === undefined ? {} : { as }),
})

/** What a thread of the owner may do to its device, with how that may end. */
const trigger: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom(0, FULL_COMMAND).map((value) => step('configWrite', 'gpu', { register: 'command', value })),
  fc.constantFrom(0, 1, 3).map((value) => step('configWrite', 'gpu', { register: 'pmcsr', value })),
  fc.constant(step('configWrite', 'gpu', { register: 'devctl', or: FLR })),
  // The device lock is held by who unbinds.
  fc.constant(step('reset', 'gpu', {}, ['ok', 'EAGAIN'])),
  // memory_lock is only tried.
  fc.constant(step('hotReset', 'gpu', { groups: ['gpu'] }, ['ok', 'EAGAIN', 'EBUSY'])),
  fc
    .constantFrom('entry', 'entry-with-wakeup', 'exit')
    .map((action) => step('lowPower', 'gpu', { action }, ['ok', 'EINVAL'])),
  fc.constant(step('pread', 'gpu', { region: 0, length: 8 }, ['ok', 'EIO'])),
  fc.integer({ min: 1, max: 400 }).map((ticks) => step('sleep', '', { ticks })),
)

const RANGES: StepValue = [
  { offset: 0x8000n, length: 0x1000n },
  { offset: 0n, length: 0x4000n },
]

/** First the buffers that others wait for, then anything. */
function owner(before: readonly Step[], after: readonly Step[]): Actor {
  // While the driver is being unbound nothing is opened and nothing lent.
  const lend = BUFFERS.map((name) => step('export', 'gpu', { bar: 0, ranges: RANGES }, ['ok', 'ENODEV'], name))
  const open = step('open', 'gpu', {}, ['ok', 'ENODEV', 'EAGAIN'])
  return {
    name: 'owner',
    process: 'vmm',
    steps: [open, ...before, ...lend, ...after, step('close', 'buf0'), step('close', 'gpu')],
  }
}

const CLIENTS = ['near', 'mid', 'far'] as const

/** Drivers that let go by themselves: xe does not, and nobody is to wait for ever here. */
const MOVERS = ['mlx5', 'irdma', 'amdgpu', 'virtio-gpu'] as const

/** An importer that moves data, and does not mind when it is refused. */
const mover = fc
  .record({
    device: fc.constantFrom(...CLIENTS),
    driver: fc.constantFrom(...MOVERS),
    buffer: fc.constantFrom(...BUFFERS),
    times: fc.integer({ min: 1, max: 12 }),
    pause: fc.integer({ min: 1, max: 200 }),
    again: fc.boolean(),
  })
  .map(({ device, driver, buffer, times, pause, again }) => (name: string): Actor => {
    const region = (as: string): Step[] => [
      step('import', buffer, { on: device, driver }, ['ok', 'ENODEV', 'EINVAL'], as),
      step('write', as, { data: name, times, pause, offset: 0x1000 }, ['ok', 'error', 'ENODEV']),
      step('read', as, { length: 64 }, ['ok', 'error', 'ENODEV']),
      step('close', as),
    ]
    return { name, steps: [...region(`${name}-a`), ...(again ? region(`${name}-b`) : [])] }
  })

/** One that only maps and unmaps, and lets go in one way or another when it is told to. */
const mapper = fc
  .record({
    device: fc.constantFrom(...CLIENTS),
    buffer: fc.constantFrom(...BUFFERS),
    invalidate: fc.constantFrom('inline', 'worker:1', 'fence:1'),
    remap: fc.boolean(),
    words: fc.array(fc.constantFrom('map', 'unmap', 'sleep', 'status'), { maxLength: 8 }),
  })
  .map(({ device, buffer, invalidate, remap, words }) => (name: string): Actor => ({
    name,
    steps: [
      step('import', buffer, { on: device, driver: 'probe', invalidate, remap }, ['ok', 'ENODEV'], name),
      ...words.map((word) =>
        word === 'sleep'
          ? step('sleep', '', { ticks: 300 })
          : step(word, name, {}, ['ok', 'ENODEV', 'EINVAL', 'ENOENT', 'EEXIST', 'EBADF']),
      ),
      step('close', name),
    ],
  }))

/** Somebody who wants the driver gone: waits for the last close, and may bind it again. */
const unbinder = fc
  .record({ after: fc.integer({ min: 0, max: 300_000 }), back: fc.boolean() })
  .map(({ after, back }): Actor => ({
    name: 'unbinder',
    steps: [step('sleep', '', { ticks: after }), step('unbind', 'gpu'), ...(back ? [step('bind', 'gpu')] : [])],
  }))

export const randomStory: fc.Arbitrary<Omit<Scenario, 'devices'>> = fc
  .record({
    before: fc.array(trigger, { maxLength: 2 }),
    after: fc.array(trigger, { maxLength: 8 }),
    second: fc.array(trigger, { maxLength: 6 }),
    users: fc.array(fc.oneof(mover, mapper), { minLength: 1, maxLength: 4 }),
    unbinder: fc.option(unbinder, { nil: undefined }),
  })
  .map(({ before, after, second, users, unbinder: last }) => {
    // The other thread of the owner may find the descriptor closed.
    const late = second.map((one): Step => ({ ...one, expect: [...(one.expect ?? []), 'EBADF'] }))
    const thread: Actor = { name: 'thread', process: 'vmm', steps: late }
    return {
      title: 'a random story',
      actors: [
        owner(before, after),
        ...(second.length > 0 ? [thread] : []),
        ...users.map((make, i) => make(`user${i}`)),
        ...(last === undefined ? [] : [last]),
      ],
      expect: [{ kind: 'no-violation' }, { kind: 'all-finish' }],
    }
  })
