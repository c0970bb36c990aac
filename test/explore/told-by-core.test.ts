/** What drivers look at beside their own state is told by core and the kernel: all that can come of it is seen. */
import {
  type Actor,
  type Attachment,
  type Bus,
  BUS,
  compose,
  type Device,
  DmaBuf,
  done,
  type Explorable,
  type Import,
  KERNEL,
  type Kernel,
  KernelError,
  type Lock,
  type Op,
  type Plugin,
  point,
  type Scope,
  sgtServices,
  SharedState,
  sleep,
} from '@barter/core'
import { depthFirst, dpor, explorableOf, exploreSubject } from '@barter/explore'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { sim } from '@barter/sim'
import { expect, test } from 'vitest'
import { oneSwitch } from '../../bench/models/one-switch.js'
import { named, step } from './card-house.ts'

const { topology, names } = oneSwitch(['card', 'other'])
const LEND = [step('open', 'nvme'), named('buf', step('export', 'nvme', { bar: 0 }))]
const use = (as: string, on: string) => named(as, step('import', 'buf', { on }))
const access = (word: string, object: string) => step(word, object, { length: 4 })

function subjectOf(plugin: Plugin, actors: readonly Actor[], lends = 'vfio-pci'): Explorable {
  const drivers = { nvme: lends, card: 'card', other: 'card' }
  const bound = Object.entries(drivers).map(([name, driver]) => [name, { at: names.get(name) ?? '', driver }])
  const system = compose({ topology, plugins: [sim(), vfioPci(), plugin] })
  return explorableOf(system, { title: 'a look', devices: Object.fromEntries(bound), actors, expect: [] })
}

/** What `who` can see in the end, as states and dpor both have it. */
function seenBy(who: string, ...[plugin, actors, lends]: Parameters<typeof subjectOf>): readonly string[] {
  const subject = subjectOf(plugin, actors, lends)
  const [states, races] = [depthFirst(subject, { match: true, outcomes: true }), dpor(subject, { outcomes: true })].map(
    ({ complete, found, outcomes }) => {
      expect([complete, found]).toEqual([true, []])
      return [...outcomes.keys()].sort()
    },
  )
  expect(states).toEqual(races)
  const steps = states?.flatMap((outcome) => outcome.split('; ').filter((actor) => actor.startsWith(`${who}: `)))
  return [...new Set(steps?.map((seen) => seen.slice(`${who}: `.length).split(', ').at(-1) ?? ''))].sort()
}

/** What comes of a read and of a write, and what the callback does. */
interface Words {
  read(attachment: Attachment): Op<unknown>
  write?(attachment: Attachment): Op<unknown>
  told?(): Op<void>
}

/** An importer that tells all that it keeps. */
const card = (words: (kernel: Kernel, bus: Bus) => Words): Plugin => ({
  name: 'card',
  apply: ({ hooks }) => {
    hooks.importer.for('card').tap('card', (run) => {
      const [kernel, bus] = [run.get(KERNEL), run.get(BUS)]
      return {
        driver: 'card',
        supports: { dynamic: true, peer2peer: true, invalidate: true, pins: false, restartable: true },
        tellsWhatItTouches: true,
        *probe() {},
        import: (device, buffer) => imported(device, buffer, words(kernel, bus)),
      }
    })
  },
})

function* imported(device: Device, buffer: DmaBuf, words: Words): Op<Import> {
  const invalidate = (): Op<void> => words.told?.() ?? done(undefined)
  const attachment = yield* buffer.attach(device, { peer2peer: true, invalidate })
  buffer.get()
  return {
    *access({ access }) {
      const said = yield* access === 'read' ? words.read(attachment) : (words.write?.(attachment) ?? done('nothing'))
      return { ok: true, status: 'success', data: new TextEncoder().encode(String(said)) }
    },
    *close() {
      yield* buffer.detach(attachment)
      buffer.put()
    },
  }
}

const OFF = step('configWrite', 'nvme', { register: 'command', value: 0 })
const UNTIL_DONE = ['user', 'rest'].map((name) => step('wait', name, { until: 'done' }))
/** Who reads while somebody writes. */
const READS_AND_WRITES = [
  { name: 'vmm', steps: [...LEND, use('one', 'card'), step('start', 'user'), step('start', 'rest'), ...UNTIL_DONE] },
  { name: 'user', steps: [access('read', 'one')] },
  { name: 'rest', steps: [access('write', 'one')] },
]

test('whether an attachment has a table, under no lock', () => {
  const words: Words = {
    *read({ table }) {
      yield* point('it has looked')
      return table !== null
    },
    write: (attachment) =>
      attachment.buffer.resv.locked(function* () {
        const table = yield* attachment.map('bidirectional')
        yield* point('it is mapped')
        yield* attachment.unmap(table, 'bidirectional')
      }),
  }
  expect(
    seenBy(
      'user',
      card(() => words),
      READS_AND_WRITES,
    ),
  ).toEqual(['ok: "false"', 'ok: "true"'])
})

test('which attachments a buffer has, and in which order', () => {
  const words: Words = {
    read: ({ buffer }) => done(buffer.attachments.map(({ device }) => device.name).join(' ')),
  }
  const actors = [
    { name: 'vmm', steps: [...LEND, ...UNTIL_DONE] },
    { name: 'user', steps: [use('one', 'card'), access('read', 'one')] },
    { name: 'rest', steps: [use('two', 'other')] },
  ]
  expect(
    seenBy(
      'user',
      card(() => words),
      actors,
    ),
  ).toEqual(['ok: "card other"', 'ok: "card"', 'ok: "other card"'])
})

test('the way that a packet would take', () => {
  const words = (_: Kernel, bus: Bus): Words => ({
    *read({ device }) {
      yield* point('it asks')
      const [bar] = topology.get(names.get('nvme') ?? expect.fail()).bars
      return bar && bus.route(device.bdf, bar.bus, 'write').landing.kind
    },
  })
  // The last close resets the drive.
  const actors = [
    { name: 'vmm', steps: [...LEND, use('one', 'card'), step('start', 'user'), step('close', 'nvme')] },
    { name: 'user', steps: [access('read', 'one')] },
  ]
  expect(seenBy('user', card(words), actors)).toEqual(['ok: "bar"', 'ok: "silent"', 'ok: "unsupported-request"'])
})

test('how much time is over: a limit of its own that a thread keeps to', () => {
  const words = (kernel: Kernel): Words => {
    const isReady = new SharedState<boolean>(kernel, 'it is ready', false, Number)
    return {
      *read() {
        const limit = kernel.now() + 200
        while (!isReady.read()) {
          if (kernel.now() >= limit) return 'too late'
          yield* sleep(100)
        }
        return 'in time'
      },
      *write() {
        yield* point('it gets ready')
        isReady.write(true)
      },
    }
  }
  expect(seenBy('user', card(words), READS_AND_WRITES)).toEqual(['ok: "in time"', 'ok: "too late"'])
  // Nobody was held up between two looks.
  for (const strategy of ['states', 'dpor'] as const) {
    const { coverage, words: said } = exploreSubject(subjectOf(card(words), READS_AND_WRITES), { strategy })
    expect({ coverage, said }).toEqual({ coverage: 'bounded', said: 'bounded (no delays: a driver reads the clock)' })
  }
})

test('what a callback puts off depends on what it saw, though whoever calls it forgets that', () => {
  const words = (kernel: Kernel): Words => {
    const owes = new SharedState<boolean>(kernel, 'it owes something', false, Number)
    const isPaid = new SharedState<boolean>(kernel, 'it is paid', false, Number)
    return {
      read: () => done(isPaid.read()),
      *write() {
        yield* point('it begins to owe')
        owes.write(true)
      },
      *told() {
        yield* point('it is told')
        if (owes.read()) kernel.deferToReturn('pay', () => done(isPaid.write(true)))
      },
    }
  }
  const actors = [
    { name: 'vmm', steps: [...LEND, use('one', 'card'), step('start', 'user'), OFF, access('read', 'one')] },
    { name: 'user', steps: [access('write', 'one')] },
  ]
  expect(seenBy('vmm', card(words), actors)).toEqual(['ok: "false"', 'ok: "true"'])
})

test('INV-11: two locks that were taken in the other order before, by a call that only says that it is over', () => {
  const words = (kernel: Kernel): Words => {
    const [gate, first, second] = ['gate', 'first', 'second'].map((name) => kernel.lock(name)) as [Lock, Lock, Lock]
    return {
      *read() {
        const isOpen = gate.tryLock()
        if (isOpen) gate.unlock()
        else yield* both(first, second)
      },
      *write() {
        yield* gate.lock()
        yield* point('the gate is shut')
        gate.unlock()
      },
      told: () => both(second, first),
    }
  }
  const [vmm, ...others] = READS_AND_WRITES
  const subject = subjectOf(card(words), [{ name: 'vmm', steps: [...(vmm?.steps ?? []), OFF] }, ...others])
  // Without random schedules, which may happen to see it.
  const { found } = depthFirst(subject, { match: true, learn: false })
  expect(found.map(({ violation }) => violation.invariant)).toEqual(['INV-11'])
})

test('DMB-11: a driver that maps in a thread of its own may be detached by then, and its buffer gone', () => {
  const words = (kernel: Kernel): Words => {
    const late = (attachment: Attachment): Op<void> =>
      attachment.buffer.resv.locked(function* () {
        try {
          yield* attachment.map('bidirectional')
        } catch (error) {
          if (!(error instanceof KernelError)) throw error
        }
      })
    return { read: (attachment) => done(kernel.spawn('late', () => late(attachment)) && 'it will') }
  }
  const actors = [{ name: 'vmm', steps: [...LEND, use('one', 'card'), access('read', 'one')] }]
  const [states, races] = (['states', 'dpor'] as const).map((strategy) => {
    const { violations } = exploreSubject(subjectOf(card(words), actors), {
      strategy,
      stopAtFirst: false,
      shrink: false,
    })
    return [...new Set(violations.map(({ violation: { invariant, rule } }) => `${invariant} ${rule}`))].sort()
  })
  expect(states).toEqual(['INV-12 DMB-11', 'INV-27 INV-27'])
  expect(races).toEqual(states)
})

function* both(outer: Lock, inner: Lock): Op<void> {
  yield* outer.lock()
  yield* inner.lock()
  inner.unlock()
  outer.unlock()
}

/** An exporter that tells nothing, and lets one CPU at a time touch what it lends. */
function oneAtATime(run: Scope): DmaBuf {
  let isBusy = false
  const ops = {
    map: (): never => {
      throw new KernelError('EOPNOTSUPP', 'DMB-13', 'it is for CPUs')
    },
    unmap: () => done(undefined),
    release: () => done(undefined),
    *beginCpuAccess() {
      if (isBusy) throw new KernelError('EBUSY', 'DMB-32', 'somebody else is at it')
      isBusy = true
      yield* point('nobody else is')
    },
    *endCpuAccess() {
      isBusy = false
    },
  }
  return new DmaBuf(
    { ...sgtServices(run), kernel: run.get(KERNEL) },
    { name: 'buf', exporter: 'lender', size: 4096, ops },
  )
}

test('what an exporter keeps that is asked for access by a CPU', () => {
  const lender: Plugin = {
    name: 'lender',
    apply: (host) => {
      card(() => ({ read: () => done(0) })).apply(host)
      host.hooks.exporter.for('lender').tap('lender', (run) => ({
        driver: 'lender',
        controls: {},
        *probe() {},
        *remove() {},
        open: (device) =>
          done({
            device,
            export: () => done(oneAtATime(run)),
            control: () => done(null),
            close: () => done(undefined),
          }),
      }))
    },
  }
  const sync = (flags: number) => step('sync', 'buf', { flags })
  const actors = [
    { name: 'vmm', steps: LEND },
    { name: 'user', steps: [sync(1)] },
    { name: 'rest', steps: [sync(1), sync(5)] },
  ]
  expect(seenBy('user', lender, actors, 'lender')).toEqual(['EBUSY', 'ok'])
})
