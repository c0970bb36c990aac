import { type CpuMapping, GuestMemory, KernelError, MiB, type MmapRequest, type Op, SignalError } from '@barter/core'
import { describe, expect, test } from 'vitest'
import { triggersOf, zap } from '../src/index.ts'
import { house, type HouseOptions, refusal } from './house.ts'

const OFF = 0x101
const ON = 0x103
const TEXT = new TextEncoder().encode('hello')
const BAR0: MmapRequest = { region: 0, offset: 0, length: 0x4000 }

function mapped(options: HouseOptions = {}, request: MmapRequest = BAR0) {
  const machine = house(options)
  const file = machine.open()
  const map = (asked: MmapRequest): CpuMapping =>
    machine.call(() => file.file.mmap?.(asked) ?? expect.fail('the driver has no mmap'))
  const mapping = map(request)
  const services = { kernel: machine.kernel, bus: machine.hardware, trace: { on: false, emit: () => undefined } }
  const guest = new GuestMemory(services, mapping)
  return {
    machine,
    file,
    map,
    mapping,
    guest,
    load: () => outcome(() => machine.call(() => mapping.access('read', 0, TEXT.length)).data),
    store: () => outcome(() => machine.call(() => mapping.access('write', 0, TEXT.length, TEXT)).data),
    guestLoad: () => outcome(() => machine.call(() => guest.access('read', 0, TEXT.length)).data),
    command: (value: number) => {
      file.command(value)
    },
  }
}

/** Text that came back, `ok` for a store, or what the access ended with. */
function outcome(call: () => Uint8Array | undefined): string {
  try {
    const data = call()
    return data === undefined ? 'ok' : new TextDecoder().decode(data)
  } catch (error) {
    if (error instanceof SignalError) return `${error.signal} ${error.rule}`
    if (error instanceof KernelError) return `${error.errno} ${error.rule}`
    throw error
  }
}

describe('mmap of a device file', () => {
  test.each<[string, Partial<MmapRequest>, string]>([
    ['all of a BAR', {}, 'ok'],
    ['a page in the middle', { offset: 0x1000, length: 0x1000 }, 'ok'],
    ['less than a page, which is rounded up', { length: 1 }, 'ok'],
    ['nothing', { length: 0 }, 'EINVAL MM-1'],
    ['an unaligned offset', { offset: 0x800 }, 'EINVAL MM-1'],
    ['a private mapping', { shared: false }, 'EINVAL MM-1'],
    ['more than the BAR', { length: 0x5000 }, 'EINVAL MM-1'],
    ['the configuration space', { region: 7, length: 0x1000 }, 'EINVAL MM-1'],
    ['the expansion ROM', { region: 6, length: 0x1000 }, 'EINVAL MM-1'],
    ['a region that is not there', { region: 40 }, 'EINVAL MM-1'],
    ['the next region by a large offset', { offset: 2 ** 40 * 2, length: 0x1000 }, 'ok'],
  ])('MM-1: %s', (_name, request, wanted) => {
    const { map } = mapped()
    expect(refusal(() => map({ ...BAR0, ...request }))).toBe(wanted)
  })

  test('VFIO-15: a BAR that was not claimed gives the errno of its claim', () => {
    const machine = house({ fault: ({ point, usual }) => (point === 'vfio:claim' ? usual : undefined) })
    const { file } = machine.open()
    expect(refusal(() => machine.call(() => file.mmap?.(BAR0) ?? expect.fail()))).toBe('EBUSY VFIO-15')
  })

  test('MM-2: a BAR below a page is mapped when its page is its own, one of ports never', () => {
    const machine = house()
    machine.bind('bare')
    machine.bind('other')
    const bare = machine.open('bare').file
    const other = machine.open('other').file
    const asked = (region: number): MmapRequest => ({ region, offset: 0, length: 0x1000 })
    expect(refusal(() => machine.call(() => bare.mmap?.(asked(0)) ?? expect.fail()))).toBe('ok')
    expect(refusal(() => machine.call(() => other.mmap?.(asked(1)) ?? expect.fail()))).toBe('EINVAL MM-1')
  })

  test('MM-1: mapping puts nothing in and does not ask whether memory is enabled', () => {
    const { map, command } = mapped()
    command(OFF)
    expect(map(BAR0).runs).toEqual([])
  })
})

describe('touching a mapping', () => {
  test('MM-6: loads and stores reach the BAR, page by page as they are touched', () => {
    const { machine, mapping, store, load } = mapped()
    expect([store(), load()]).toEqual(['ok', 'hello'])
    expect(mapping.runs.map(({ offset, length }) => [offset, length])).toEqual([[0, 0x1000]])
    const bar = machine.device('nvme').fn.bars[0]?.start ?? expect.fail()
    expect(mapping.runs[0]?.at).toBe(bar)
    machine.call(() => mapping.access('write', 0x0ffe, 4, TEXT))
    expect(mapping.runs).toHaveLength(2)
    expect(outcome(() => machine.call(() => mapping.access('read', 0x0ffe, 4)).data)).toBe('hell')
  })

  test('MM-5: an entry is as large as alignment and the mapping allow', () => {
    const whole = mapped({}, { region: 2, offset: 0, length: 64 * MiB })
    whole.load()
    expect(whole.mapping.runs.map((run) => run.length)).toEqual([2 * MiB])
    const shifted = mapped({}, { region: 2, offset: 0x1000, length: 4 * MiB })
    shifted.load()
    expect(shifted.mapping.runs.map((run) => run.length)).toEqual([0x1000])
    shifted.machine.call(() => shifted.mapping.access('read', 2 * MiB, 4))
    expect(shifted.mapping.runs[1]).toMatchObject({ offset: 2 * MiB - 0x1000, length: 2 * MiB })
  })

  test('MM-1: outside the mapping, or against its protection, there is nothing', () => {
    const { machine, mapping, map } = mapped()
    expect(outcome(() => machine.call(() => mapping.access('read', 0x3ffe, 4)).data)).toBe('SIGSEGV MM-1')
    const reader = map({ ...BAR0, writable: false })
    expect(outcome(() => machine.call(() => reader.access('write', 0, 4, TEXT)).data)).toBe('SIGSEGV MM-1')
  })

  test.each<[string, (at: ReturnType<typeof mapped>) => void, (at: ReturnType<typeof mapped>) => void]>([
    ['memory is disabled', ({ command }) => command(OFF), ({ command }) => command(ON)],
    [
      'the device is in D3hot',
      ({ file }) => file.control('configWrite', { register: 'pmcsr', value: 3 }),
      ({ file }) => file.control('configWrite', { register: 'pmcsr', value: 0 }),
    ],
    [
      'it is in low power',
      ({ file }) => file.control('lowPower', { action: 'entry' }),
      ({ file }) => file.control('lowPower', { action: 'exit' }),
    ],
  ])('MM-6: SIGBUS while %s, and no longer', (_name, off, on) => {
    const at = mapped()
    at.store()
    off(at)
    expect([at.mapping.runs, at.load()]).toEqual([[], 'SIGBUS MM-6'])
    on(at)
    expect(at.load()).toBe('hello')
    expect(at.machine.violations()).toEqual([])
  })

  test('MM-3: nobody can pin it, whether it is there or not', () => {
    const { machine, mapping, store } = mapped()
    store()
    expect(refusal(() => machine.call(() => mapping.pin()))).toBe('EFAULT MM-3')
  })

  test('T1-1: who looks the address up gets the rest of the entry, faulted in if need be', () => {
    const { machine, mapping } = mapped({}, { region: 2, offset: 0, length: 4 * MiB })
    const found = machine.call(() => mapping.followPfn(0x3000))
    const bar = machine.device('nvme').fn.bars[1]?.start ?? expect.fail()
    expect(found).toEqual({ start: bar + 0x3000, length: 2 * MiB - 0x3000, writable: true })
  })

  test('MM-8, T1-3: while memory is disabled it is EFAULT', () => {
    const { machine, mapping, command, guestLoad } = mapped()
    command(OFF)
    expect(refusal(() => machine.call(() => mapping.followPfn(0)))).toBe('EFAULT MM-8')
    expect(guestLoad()).toBe('EFAULT MM-8')
  })

  test('MM-10: a mapping that is unmapped is linked nowhere any more', () => {
    const { machine, mapping, file } = mapped()
    machine.call(() => mapping.unmap())
    file.close()
    machine.atEnd()
    expect(machine.violations()).toEqual([])
  })
})

describe('zap', () => {
  test('MM-4, MM-9: a guest follows, since it is told', () => {
    const { machine, guest, guestLoad, store, command } = mapped()
    store()
    expect(guestLoad()).toBe('hello')
    command(OFF)
    expect(guestLoad()).toBe('EFAULT MM-8')
    command(ON)
    expect(guestLoad()).toBe('hello')
    guest.close()
    expect(machine.violations()).toEqual([])
  })

  test('MM-9: who faults during a reset waits until it is over, then goes on', () => {
    const { machine, file, mapping, store } = mapped()
    store()
    const reset = machine.start('vmm', () => file.file.control('reset', {}))
    const loads = machine.start('cpu', function* () {
      for (let i = 0; i < 20; i++) yield* mapping.access('read', 0, 4)
    })
    machine.settle()
    expect([reset.error, loads.error, loads.done]).toEqual([undefined, undefined, true])
    expect(machine.events().some(({ kind, task }) => kind === 'blocked' && task === 'cpu')).toBe(true)
    expect(machine.violations()).toEqual([])
  })

  test('VFIO-42: the order of zap and revoke differs by trigger', () => {
    const order = (name: keyof ReturnType<typeof triggersOf>) =>
      triggersOf(new Set())
        [name].map((step) => step.name)
        .filter((step) => step === 'zap' || step === 'revoke')
    expect(order('memory off')).toEqual(['zap', 'revoke'])
    expect(order('device reset')).toEqual(['zap', 'revoke'])
    expect(order('hot reset begins')).toEqual(['revoke', 'zap'])
    expect(order('close')).toEqual(['revoke'])
  })
})

const SCHEDULES = 60
const TRIGGERS = ['function reset', 'device reset', 'memory off', 'D3hot'] as const

/** A CPU and a guest that load and store over and over, against triggers that come and go. */
function race(seed: number, options: HouseOptions) {
  const at = mapped({ ...options, seed })
  const { machine, mapping, guest, file } = at
  function* user(access: () => Op<unknown>): Op<void> {
    for (let i = 0; i < 6; i++) {
      try {
        yield* access()
      } catch (error) {
        if (!(error instanceof SignalError) && !(error instanceof KernelError)) throw error
      }
    }
  }
  const calls = [
    machine.start('cpu', () => user(() => mapping.access('write', 0, 4, TEXT))),
    machine.start('guest', () => user(() => guest.access('read', 0x1000, 4))),
    machine.start('vmm', function* () {
      yield* file.file.control('configWrite', { register: 'devctl', value: 0x8000 })
      yield* file.file.control('reset', {})
      yield* file.file.control('configWrite', { register: 'command', value: OFF })
      yield* file.file.control('configWrite', { register: 'command', value: ON })
      yield* file.file.control('configWrite', { register: 'pmcsr', value: 3 })
      yield* file.file.control('configWrite', { register: 'pmcsr', value: 0 })
    }),
  ]
  machine.settle()
  return { machine, calls }
}

describe(`races, ${SCHEDULES} schedules each`, () => {
  test('INV-2: no CPU reaches a BAR that is dark, and everybody gets through', () => {
    for (let seed = 1; seed <= SCHEDULES; seed++) {
      const { machine, calls } = race(seed, {})
      expect([seed, machine.violations(), calls.map(({ done, error }) => [done, error])]).toEqual([
        seed,
        [],
        calls.map(() => [true, undefined]),
      ])
    }
  })

  test.each(TRIGGERS)('INV-2: without the zap of %s one does', (trigger) => {
    const steps = triggersOf(new Set())[trigger].filter((step) => step !== zap)
    const found = new Set<string>()
    for (let seed = 1; seed <= SCHEDULES; seed++) {
      const { machine } = race(seed, { protocols: { triggers: { [trigger]: steps } } })
      for (const { invariant } of machine.violations()) found.add(invariant)
    }
    expect([...found]).toEqual(['INV-2'])
  })
})
