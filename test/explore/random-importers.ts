/** Importers of somebody else, at random: what their system calls and their callback do is a little program. */
import {
  type Actor,
  type Attachment,
  type Bus,
  BUS,
  compose,
  type Completion,
  type Device,
  type DmaBuf,
  type Explorable,
  type Fence,
  type Import,
  InFlight,
  type Kernel,
  KERNEL,
  KernelError,
  type Lock,
  numbering,
  type Op,
  type Plugin,
  point,
  type RwSem,
  SharedCount,
  SharedState,
  sleep,
  type SgTable,
  waitFor,
} from '@barter/core'
import { explorableOf } from '@barter/explore'
import { vfioPci } from '@barter/exporter-vfio-pci'
import { sim } from '@barter/sim'
import fc from 'fast-check'
import { oneSwitch } from '../../bench/models/one-switch.js'
import { named, step } from './card-house.ts'

/** **Shape** `joined`: it comes in one step with what is before it. */
export type DriverAct = { readonly joined: boolean } & (
  | {
      readonly kind: 'lock' | 'try'
      readonly which: 'own' | 'driver' | 'reservation'
      readonly inside: readonly DriverAct[]
    }
  | { readonly kind: 'share' | 'have alone' | 'try alone'; readonly inside: readonly DriverAct[] }
  | { readonly kind: 'if mood' | 'if mapped' | 'refuse if mood'; readonly inside: readonly DriverAct[] }
  | { readonly kind: 'spawn' | 'defer'; readonly inside: readonly DriverAct[] }
  | { readonly kind: (typeof SIMPLE)[number] }
)

export interface RandomImporter {
  /** Its driver tells all that it touches. */
  readonly tells: boolean
  readonly read: readonly DriverAct[]
  readonly write: readonly DriverAct[]
  readonly told: readonly DriverAct[]
  /** The second user has a card of its own. */
  readonly apart: boolean
  /** What the lender does meanwhile. */
  readonly lender: 'nothing' | 'revoke' | 'revoke and restore' | 'close'
  /** Whether a third thread closes what is used. */
  readonly closes: boolean
}

const SIMPLE = [
  ...(['map', 'unmap', 'look at table', 'mood', 'look at mood', 'cell', 'look at cell'] as const),
  ...(['begin', 'end', 'idle', 'look at job', 'complete', 'rearm', 'look at round'] as const),
  ...(['get', 'put', 'join', 'sleep'] as const),
  ...(['send', 'wait for fences', 'wait for round', 'count', 'look at count'] as const),
  ...(['request', 'answer', 'settle', 'note under lock', 'queue', 'run queue'] as const),
]

const THEMES: readonly (readonly (typeof SIMPLE)[number][])[] = [
  SIMPLE,
  ['map', 'unmap', 'look at table', 'join'],
  ['mood', 'look at mood', 'cell', 'look at cell', 'join'],
  ['begin', 'end', 'idle', 'look at job', 'complete', 'rearm', 'look at round', 'join'],
  ['get', 'put', 'map', 'unmap', 'sleep'],
  ['map', 'unmap', 'send', 'join', 'begin', 'end'],
  ['begin', 'end', 'wait for fences', 'map', 'unmap', 'join'],
  ['complete', 'rearm', 'wait for round', 'look at round', 'mood', 'look at mood'],
  ['count', 'look at count', 'request', 'answer', 'settle', 'mood'],
  ['queue', 'run queue', 'mood', 'look at mood', 'note under lock', 'map', 'unmap'],
]

const joined = fc.boolean()

function actOf(kinds: readonly (typeof SIMPLE)[number][], depth: number): fc.Arbitrary<DriverAct> {
  const simple = fc.record({ kind: fc.constantFrom(...kinds), joined })
  if (depth === 0) return simple
  const inside = fc.array(actOf(kinds, depth - 1), { minLength: 1, maxLength: 2 })
  const which = fc.constantFrom('own' as const, 'driver' as const, 'reservation' as const)
  return fc.oneof(
    { weight: 2, arbitrary: simple },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constantFrom('lock' as const, 'try' as const), which, inside, joined }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constantFrom('share' as const, 'have alone' as const, 'try alone' as const),
        inside,
        joined,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constantFrom('if mood' as const, 'if mapped' as const, 'refuse if mood' as const),
        inside,
        joined,
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('spawn' as const, 'defer' as const), inside, joined }) },
  )
}

export const randomImporter: fc.Arbitrary<RandomImporter> = fc.constantFrom(...THEMES).chain((kinds) => {
  const script = (maxLength: number) => fc.array(actOf(kinds, 2), { maxLength })
  return fc.record({
    tells: fc.boolean(),
    read: script(2),
    write: script(2),
    told: script(2),
    apart: fc.boolean(),
    lender: fc.constantFrom('nothing', 'nothing', 'revoke', 'revoke and restore', 'close'),
    closes: fc.boolean(),
  })
})

const { topology, names } = oneSwitch(['card', 'other'])

/** A lender, and two users of what it lends: one reads, one writes. */
export function importerSubject(plan: RandomImporter): Explorable {
  const off = step('configWrite', 'nvme', { register: 'command', value: 0 })
  const on = step('configWrite', 'nvme', { register: 'command', value: 6 })
  const meanwhile = {
    nothing: [],
    revoke: [off],
    'revoke and restore': [off, on],
    close: [step('close', 'nvme')],
  }[plan.lender]
  const lend = [step('open', 'nvme'), named('buf', step('export', 'nvme', { bar: 0 }))]
  const begin = ['reader', 'writer', ...(plan.closes ? ['closer'] : [])].map((name) => step('start', name))
  const uses = [
    named('one', step('import', 'buf', { on: 'card' })),
    named('two', step('import', 'buf', { on: 'other' })),
  ]
  const imports = plan.apart ? uses : uses.slice(0, 1)
  const access = (word: string, object: string) => step(word, object, { length: 4 })
  const actors: readonly Actor[] = [
    { name: 'vmm', steps: [...lend, ...imports, ...begin, ...meanwhile] },
    { name: 'reader', steps: [access('read', 'one')] },
    { name: 'writer', steps: [access('write', plan.apart ? 'two' : 'one')] },
    ...(plan.closes ? [{ name: 'closer', steps: [step('close', 'one')] }] : []),
  ]
  const drivers = { nvme: 'vfio-pci', card: 'card', other: 'card' }
  const bound = Object.entries(drivers).map(([name, driver]) => [name, { at: names.get(name) ?? '', driver }])
  const system = compose({ topology, plugins: [sim(), vfioPci(), pluginOf(plan)] })
  return explorableOf(system, { title: 'an importer', devices: Object.fromEntries(bound), actors, expect: [] })
}

const pluginOf = (plan: RandomImporter): Plugin => ({
  name: 'card',
  apply: ({ hooks }) => {
    hooks.importer.for('card').tap('card', (run) => {
      const driver = new Driver(run.get(KERNEL), run.get(BUS), plan)
      return {
        driver: 'card',
        supports: { dynamic: true, peer2peer: true, invalidate: true, pins: false, restartable: true },
        ...(plan.tells ? { tellsWhatItTouches: true } : {}),
        *probe() {},
        *import(device, buffer) {
          const region = new Region(driver, device, buffer)
          yield* region.attach()
          return region
        },
      }
    })
  },
})

class Driver {
  readonly kernel: Kernel
  readonly plan: RandomImporter
  readonly lock: Lock
  /** Shared by its devices, and told in any case. */
  readonly cell: SharedState<number>
  readonly bus: Bus
  readonly sem: RwSem

  constructor(kernel: Kernel, bus: Bus, plan: RandomImporter) {
    this.kernel = kernel
    this.bus = bus
    this.plan = plan
    this.sem = kernel.rwsem('driver semaphore')
    this.lock = kernel.lock('driver')
    this.cell = new SharedState(kernel, 'cell', 0, (value) => value)
  }
}

/** What a device keeps of its own. */
interface Kept<T> {
  read(): T
  write(value: T): void
}

class Untold<T> implements Kept<T> {
  #value: T

  constructor(value: T) {
    this.#value = value
  }

  read(): T {
    return this.#value
  }

  write(value: T): void {
    this.#value = value
  }
}

/** A fence that is over when a job or a thread is, and which of all it is. */
interface Numbered {
  readonly fence: Fence
  readonly number: number
}

const numberOf = (one: Numbered | null): number => one?.number ?? 0

/** One call of the driver, or one thread of it. */
interface Frame {
  readonly held: readonly Lock[]
  /** What user space is given in the end. */
  readonly seen: string[]
  /** Told apart by what they write. */
  readonly word: number
  /** It ends in user space: so it may put work off. */
  readonly isCall: boolean
}

class Region implements Import {
  readonly #driver: Driver
  readonly #device: Device
  readonly #buffer: DmaBuf
  readonly #own: Lock
  readonly #round: Completion
  readonly #mood: Kept<number>
  readonly #table: Kept<SgTable | null>
  readonly #job: Kept<Numbered | null>
  readonly #worker: Kept<Numbered | null>
  readonly #references: Kept<number>
  readonly #count: SharedCount
  readonly #inFlight: InFlight
  readonly #stopped: Kept<number>
  readonly #begun: Kept<number>
  /** A field that is only ever touched under a lock of its own, and tells nothing: the lock orders who does. */
  readonly #noteLock: Lock
  readonly #note: Kept<number>
  /** Work that is queued, and one worker for all of it. */
  readonly #queue: Kept<number>
  readonly #next: () => number
  #attachment: Attachment | undefined

  constructor(driver: Driver, device: Device, buffer: DmaBuf) {
    const { kernel, plan } = driver
    const kept = <T>(name: string, value: T, word: (value: T) => number): Kept<T> =>
      plan.tells ? new SharedState(kernel, name, value, word) : new Untold(value)
    this.#driver = driver
    this.#device = device
    this.#buffer = buffer
    this.#own = kernel.lock(`own(${device.name})`)
    this.#round = kernel.completion(`round(${device.name})`)
    this.#mood = kept('mood', 0, (value) => value)
    this.#table = kept<SgTable | null>('table', null, (table) => (table === null ? 0 : table.mapping + 1))
    this.#job = kept<Numbered | null>('job', null, numberOf)
    this.#worker = kept<Numbered | null>('worker', null, numberOf)
    this.#references = kept('references', 0, (value) => value)
    this.#count = new SharedCount(kernel, 'count')
    this.#inFlight = new InFlight(kernel, { what: 'requests', why: 'requests are under way' })
    this.#stopped = kept('stopped', 0, (value) => value)
    this.#begun = kept('begun', 0, (value) => value)
    this.#noteLock = kernel.lock(`note(${device.name})`)
    this.#note = kept('note', 0, (value) => value)
    this.#queue = kept('queue', 0, (value) => value)
    this.#next = numbering(kernel, 'jobs and workers')
  }

  *attach(): Op<void> {
    const { plan } = this.#driver
    const told = (attachment: Attachment): Op<void> => {
      this.#attachment = attachment
      return this.#run(plan.told, { held: [this.#buffer.resv.lock], seen: [], word: 3, isCall: false })
    }
    this.#attachment = yield* this.#buffer.attach(this.#device, { peer2peer: true, invalidate: told })
    this.#buffer.get()
  }

  *access({ access }: Parameters<Import['access']>[0]): ReturnType<Import['access']> {
    const { plan } = this.#driver
    const frame = { held: [], seen: [], word: access === 'read' ? 1 : 2, isCall: true }
    yield* this.#run(access === 'read' ? plan.read : plan.write, frame)
    return { ok: true, status: 'success', data: new TextEncoder().encode(frame.seen.join(' ')) }
  }

  *close(): Op<void> {
    const attachment = this.#attachment
    if (attachment === undefined) return
    for (let left = this.#references.read(); left > 0; left--) this.#buffer.put()
    yield* this.#buffer.resv.locked(() => this.#unmap(attachment))
    yield* this.#buffer.detach(attachment)
    this.#buffer.put()
  }

  *#run(acts: readonly DriverAct[], frame: Frame): Op<void> {
    for (const act of acts) {
      if (!act.joined) yield* point(act.kind)
      yield* this.#do(act, frame)
    }
  }

  *#do(act: DriverAct, frame: Frame): Op<void> {
    const { kernel, cell } = this.#driver
    const { held, seen, word, isCall } = frame
    const isReserved = held.includes(this.#buffer.resv.lock)
    const attachment = this.#attachment
    const later = { held: [], seen: [], word: word + 3, isCall: false }
    switch (act.kind) {
      case 'lock':
      case 'try': {
        const lock = { own: this.#own, driver: this.#driver.lock, reservation: this.#buffer.resv.lock }[act.which]
        if (held.includes(lock)) return
        if (act.kind === 'lock') yield* lock.lock()
        else if (!lock.tryLock()) return void seen.push('held')
        yield* this.#run(act.inside, { ...frame, held: [...held, lock] })
        lock.unlock()
        return
      }
      case 'share':
      case 'have alone':
      case 'try alone': {
        const { sem } = this.#driver
        if (held.includes(sem as unknown as Lock)) return
        if (act.kind === 'share') yield* sem.downRead()
        else if (act.kind === 'have alone') yield* sem.downWrite()
        else if (!sem.tryDownWrite()) return void seen.push('shared')
        yield* this.#run(act.inside, { ...frame, held: [...held, sem as unknown as Lock] })
        if (act.kind === 'share') sem.upRead()
        else sem.upWrite()
        return
      }
      case 'if mood':
        if (this.#mood.read() !== 0) yield* this.#run(act.inside, frame)
        return
      case 'if mapped':
        if (isReserved && this.#table.read() !== null) yield* this.#run(act.inside, frame)
        return
      case 'refuse if mood':
        if (isCall && held.length === 0 && this.#mood.read() !== 0) throw new KernelError('EAGAIN', 'IMP-1', 'mood')
        return yield* this.#run(act.inside, frame)
      case 'send': {
        const table = this.#table.read()
        const at = table?.entries[0]?.address
        if (table === null || at === undefined) return
        const { bus } = this.#driver
        const { arrived } = yield* bus.dma({
          from: this.#device,
          access: word % 2 === 0 ? 'write' : 'read',
          at,
          length: 4,
          mapping: table.mapping,
          data: Uint8Array.of(word),
        })
        seen.push(arrived ? 'arrived' : 'lost')
        return
      }
      case 'wait for fences':
        yield* this.#buffer.resv.wait('bookkeep')
        return
      case 'wait for round':
        if (isCall && held.length === 0) yield* this.#round.wait('round')
        return
      case 'count':
        this.#count.add()
        return
      case 'look at count':
        seen.push(String(this.#count.read()))
        return
      case 'request':
        if (this.#stopped.read() !== 0) return
        this.#inFlight.begin()
        this.#begun.write(this.#begun.read() + 1)
        return
      case 'answer':
        if (this.#begun.read() === 0) return
        this.#begun.write(this.#begun.read() - 1)
        this.#inFlight.end()
        return
      case 'settle':
        this.#stopped.write(1)
        yield* this.#inFlight.settle()
        return
      case 'note under lock': {
        if (held.includes(this.#noteLock)) return
        yield* this.#noteLock.lock()
        const note = this.#note.read()
        yield* point('noted')
        this.#note.write((3 * note + word) % 100)
        this.#noteLock.unlock()
        seen.push(String(note))
        return
      }
      case 'queue': {
        const isFirst = this.#queue.read() === 0
        this.#queue.write(this.#queue.read() + 1)
        if (isFirst) kernel.spawn(`queue(${this.#device.name})`, () => this.#runQueue())
        return
      }
      case 'run queue':
        yield* this.#runQueue()
        return
      case 'spawn':
        this.#worker.write({
          number: this.#next(),
          fence: kernel.spawn(`worker(${this.#device.name})`, () => this.#run(act.inside, later)).ended,
        })
        return
      case 'defer':
        if (isCall) kernel.deferToReturn(`rest(${this.#device.name})`, () => this.#run(act.inside, later))
        return
      case 'map':
        if (isReserved && attachment !== undefined && this.#table.read() === null) yield* this.#map(attachment, seen)
        return
      case 'unmap':
        if (isReserved && attachment !== undefined) yield* this.#unmap(attachment)
        return
      case 'look at table':
        seen.push(attachment?.table === null ? 'no table' : 'a table')
        return
      case 'mood':
        this.#mood.write((7 * this.#mood.read() + word) % 1000)
        return
      case 'look at mood':
        seen.push(String(this.#mood.read()))
        return
      case 'cell':
        cell.write(word)
        return
      case 'look at cell':
        seen.push(String(cell.read()))
        return
      case 'begin':
        if (isReserved && this.#job.read() === null) this.#begin()
        return
      case 'end': {
        const job = this.#job.read()
        this.#job.write(null)
        job?.fence.signal()
        return
      }
      case 'idle': {
        const job = this.#job.read()
        if (job !== null) yield* waitFor(job.fence, 'the job')
        return
      }
      case 'look at job':
        seen.push(String(this.#job.read()?.fence.signalled))
        return
      case 'complete':
        this.#round.complete()
        return
      case 'rearm':
        this.#round.rearm()
        return
      case 'look at round':
        seen.push(String(this.#round.done))
        return
      case 'get':
        if (!isReserved && isCall && this.#buffer.getActive()) this.#references.write(this.#references.read() + 1)
        return
      case 'put':
        if (isReserved || !isCall || this.#references.read() === 0) return
        this.#references.write(this.#references.read() - 1)
        this.#buffer.put()
        return
      case 'join': {
        const worker = this.#worker.read()
        if (worker !== null && isCall && held.length === 0) yield* waitFor(worker.fence, 'the worker')
        return
      }
      case 'sleep':
        yield* sleep(10 ** (1 + word))
    }
  }

  *#runQueue(): Op<void> {
    while (this.#queue.read() > 0) {
      this.#queue.write(this.#queue.read() - 1)
      yield* point('work')
      this.#mood.write((7 * this.#mood.read() + 6) % 1000)
    }
  }

  *#map(attachment: Attachment, seen: string[]): Op<void> {
    try {
      this.#table.write(yield* attachment.map('bidirectional'))
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      seen.push(error.errno)
    }
  }

  *#unmap(attachment: Attachment): Op<void> {
    const table = this.#table.read()
    if (table === null) return
    this.#table.write(null)
    yield* attachment.unmap(table, 'bidirectional')
  }

  /** **Locks** the reservation is held. */
  #begin(): void {
    const fence = this.#driver.kernel.fence(`job(${this.#device.name})`)
    this.#job.write({ fence, number: this.#next() })
    this.#buffer.resv.addFence(fence, 'bookkeep')
  }
}
