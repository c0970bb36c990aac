/**
 * Small random programs on the simulated kernel itself: threads that use its locks, fences, completions, lists, parts and
 * threads, and what core builds on them, as drivers do.
 */
import {
  type AccessLog,
  type Completion,
  createHooks,
  type Explorable,
  type ExploredRun,
  type Fence,
  hashOfText,
  InFlight,
  type Lock,
  MappingCount,
  numbering,
  type Op,
  type Part,
  point,
  type RwSem,
  type Shared,
  SharedState,
  sleep,
  smallHashOfText,
  type Task,
  type Turns,
  type Violation,
  waitFor,
} from '@barter/core'
import { ExploredThreads, RunTrace, Scheduler, SimKernel } from '@barter/sim'
import fc from 'fast-check'

/** **Shape** `joined`: it comes in one step with what is before it. */
export type KernelAct = { readonly joined: boolean } & (
  | { readonly kind: 'lock' | 'try lock' | 'share' | 'have alone' | 'try alone'; readonly inside: readonly KernelAct[] }
  | { readonly kind: 'signal' | 'wait' | 'look'; readonly fence: number }
  | { readonly kind: 'complete' | 'rearm' | 'wait for round' | 'look at round' }
  | { readonly kind: 'read' | 'write'; readonly cell: number }
  | { readonly kind: 'copy'; readonly cell: number; readonly to: number }
  /** Of cells that are made by whoever comes first. */
  | { readonly kind: 'read late' | 'write late'; readonly cell: number }
  | { readonly kind: 'signal if'; readonly cell: number; readonly fence: number }
  | { readonly kind: 'count' | 'read count' | 'number' | 'count for people' | 'read people' }
  | { readonly kind: 'map' | 'unmap' | 'revoke' | 'renew' | 'mappings' }
  | { readonly kind: 'request' | 'answer' | 'settle' }
  | { readonly kind: 'spawn' | 'work' | 'visit'; readonly inside: readonly KernelAct[] }
  | { readonly kind: 'join' }
  /** **Shape** `ticks`: as of the thread unless given. */
  | { readonly kind: 'sleep' | 'hardware'; readonly ticks?: number }
  | { readonly kind: 'counting round' | 'looking round' }
  | { readonly kind: 'driver' | 'round' | 'reorder' | 'publish' | 'use' }
  /** `return`: a system call is over, and the thread forgets all but what came of it. `call`: one of the driver, in one step. */
  | { readonly kind: 'call' | 'return' | 'look at driver' | 'put off' }
)

export type KernelProgram = readonly (readonly KernelAct[])[]

/** Ticks, by thread: no sums of them are alike. */
const SLEEPS = [1000, 100_000, 10_000_000]
const HARDWARE = [10_000, 1_000_000, 100_000_000]

const joined = fc.boolean()
const simple: fc.Arbitrary<KernelAct> = fc.oneof(
  fc.record({ kind: fc.constantFrom('signal', 'wait', 'look'), fence: fc.nat(1), joined }),
  fc.record({ kind: fc.constantFrom('complete', 'rearm', 'wait for round', 'look at round'), joined }),
  fc.record({ kind: fc.constantFrom('read', 'write'), cell: fc.nat(1), joined }),
  fc.record({ kind: fc.constantFrom('count', 'read count', 'number', 'count for people', 'read people'), joined }),
  fc.record({ kind: fc.constantFrom('map', 'unmap', 'revoke', 'renew', 'mappings'), joined }),
  fc.record({ kind: fc.constantFrom('request', 'answer', 'settle'), joined }),
  fc.record({
    kind: fc.constantFrom('join', 'sleep', 'hardware', 'driver', 'round', 'reorder', 'publish', 'use'),
    joined,
  }),
  fc.record({ kind: fc.constantFrom('call', 'call', 'return', 'look at driver', 'put off'), joined }),
)
const inside = fc.array(simple, { maxLength: 2 })
const act: fc.Arbitrary<KernelAct> = fc.oneof(
  { weight: 3, arbitrary: simple },
  fc.record({ kind: fc.constantFrom('lock', 'try lock', 'share', 'have alone', 'try alone'), inside, joined }),
  fc.record({ kind: fc.constantFrom('spawn', 'work', 'visit'), inside, joined }),
)

/** Locks within locks, in any order. */
const nested: fc.Arbitrary<KernelAct> = fc.record({
  kind: fc.constantFrom('lock', 'try lock', 'share', 'have alone', 'try alone', 'work', 'visit'),
  inside: fc.array(
    fc.oneof(
      simple.filter(({ kind }) => kind === 'read' || kind === 'write' || kind === 'map' || kind === 'driver'),
      act,
    ),
    { maxLength: 2 },
  ),
  joined,
})

/** What threads do who may pass on what they see of a round. */
const passing: fc.Arbitrary<KernelAct> = fc.oneof(
  fc.record({ kind: fc.constantFrom('read', 'write'), cell: fc.nat(2), joined }),
  fc.record({ kind: fc.constant('copy'), cell: fc.nat(2), to: fc.nat(2), joined }),
  fc.record({ kind: fc.constant('signal if'), cell: fc.nat(2), fence: fc.nat(1), joined }),
  fc.record({ kind: fc.constantFrom('wait', 'look'), fence: fc.nat(1), joined }),
  fc.record({ kind: fc.constantFrom('count', 'read count'), joined }),
)
const rounds = fc.constantFrom('round' as const, 'counting round' as const, 'looking round' as const)
/** A list in two orders, a round, and threads that see one visit and tell others, which see another. */
const relays: fc.Arbitrary<KernelProgram> = fc
  .array(
    fc.array(
      fc.oneof(
        { weight: 5, arbitrary: passing },
        fc.record({ kind: fc.constantFrom('lock', 'work'), inside: fc.array(passing, { maxLength: 2 }), joined }),
      ),
      { minLength: 1, maxLength: 2 },
    ),
    { minLength: 2, maxLength: 2 },
  )
  .chain((threads) =>
    rounds.map((kind) => [[{ kind, joined: false }], [{ kind: 'reorder', joined: false }], ...threads]),
  )

const programOf = (acts: fc.Arbitrary<KernelAct>): fc.Arbitrary<KernelProgram> =>
  fc.array(fc.array(acts, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 3 })

/** Two threads that are copies of each other, and another. */
const programOfCopies = (acts: fc.Arbitrary<KernelAct>): fc.Arbitrary<KernelProgram> =>
  fc
    .tuple(fc.array(acts, { minLength: 1, maxLength: 3 }), fc.array(acts, { minLength: 1, maxLength: 3 }))
    .map(([copied, other]) => [copied, copied, other])

const only = (...kinds: readonly string[]): fc.Arbitrary<KernelAct> => simple.filter(({ kind }) => kinds.includes(kind))

const late = fc.record({ kind: fc.constantFrom('read late', 'write late'), cell: fc.nat(3), joined })
const calls = only('call', 'return', 'driver', 'look at driver', 'put off', 'read', 'write')

/** Of everything, and of few things that have much to do with each other. */
export const kernelPrograms = {
  everything: programOf(act),
  copies: programOfCopies(act),
  rounds: programOf(only('complete', 'rearm', 'wait for round', 'look at round')),
  mappings: programOf(only('map', 'unmap', 'revoke', 'renew', 'mappings')),
  requests: programOf(only('request', 'answer', 'settle', 'read', 'write')),
  nested: programOf(nested),
  published: programOf(only('publish', 'use', 'signal', 'wait', 'look')),
  lists: programOf(only('round', 'reorder', 'driver', 'read', 'write')),
  relays,
  late: programOf(fc.oneof({ weight: 4, arbitrary: late }, only('publish', 'use', 'map', 'unmap', 'read', 'write'))),
  time: programOf(only('sleep', 'hardware', 'read', 'write', 'signal', 'wait')),
  calls: programOf(calls),
  'calls of copies': programOfCopies(calls),
  counts: programOf(only('count', 'read count', 'number', 'count for people', 'read people', 'signal', 'look')),
} as const

/** **Shape** what every thread has seen, in its order, who is stuck, and what the cells hold in the end, is the outcome. */
export const kernelSubject = (program: KernelProgram): Explorable => {
  const texts = program.map((acts) => JSON.stringify(acts))
  const classes = texts.map((text) => texts.indexOf(text))
  return {
    digest: '0'.repeat(16),
    groupClasses: classes,
    begin: (log) => begin(program, classes, log),
    replay: () => {
      throw new Error('nobody replays a little program')
    },
  }
}

function begin(program: KernelProgram, classes: readonly number[], log: AccessLog): ExploredRun {
  const violations: Violation[] = []
  const scheduler = new Scheduler({
    strategy: { newRun: () => false, choose: () => 0, draw: () => 0 },
    trace: new RunTrace({ hooks: createHooks(), quiet: true }),
    report: (violation) => violations.push(violation),
    explorer: { log, kindOf: (name) => smallHashOfText(name), groupOfDevice: () => -1 },
  })
  const world = new World(new SimKernel(scheduler))
  const seen = program.map(() => [] as string[])
  for (const [i, acts] of program.entries()) {
    scheduler.spawn(`t${i}`, 'user', () => new Body(world, seen[i] ?? [], classes[i] ?? 0).run(acts), i)
  }
  return new KernelRun(scheduler, violations, () => {
    const threads = seen.map((all, i) => `${classes[i]}: ${all.join(' ')}`)
    const ends = scheduler.threads.map(({ group, ended }) => `${classes[group]}${ended.isOver ? 'e' : 's'}`)
    return JSON.stringify([threads.sort(), ends.sort(), world.contents])
  })
}

class KernelRun extends ExploredThreads implements ExploredRun {
  readonly #violations: readonly Violation[]
  readonly #outcome: () => string

  constructor(scheduler: Scheduler, violations: readonly Violation[], outcome: () => string) {
    super(scheduler)
    this.#violations = violations
    this.#outcome = outcome
  }

  get found(): number {
    return this.#violations.length
  }

  violations(): readonly Violation[] {
    return this.#violations
  }

  finish(): string {
    return this.#outcome()
  }
}

interface LateCell {
  value: number
  readonly shared: Shared
}

/** What the threads share. */
class World {
  readonly kernel: SimKernel
  readonly lock: Lock
  readonly sem: RwSem
  readonly fences: readonly Fence[]
  readonly round: Completion
  readonly cells: readonly SharedState<number>[]
  readonly counter: Shared
  counted = 0
  readonly people: Shared
  forPeople = 0
  readonly number: () => number
  readonly reservation: Lock
  readonly mappings: MappingCount
  readonly revoked: SharedState<boolean>
  readonly inFlight: InFlight
  readonly stopped: SharedState<boolean>
  readonly part: Part | undefined
  /** A fence that one thread made for others: copies make their own, which no word tells apart. */
  readonly #published: Shared
  #fence: Fence | undefined
  /** Of a driver that tells nothing: what threads made of it, and whoever was the last. */
  mood = 0
  last: Body | undefined
  readonly turns: Turns
  list = [0, 1]
  readonly #late: LateCell[] = []

  constructor(kernel: SimKernel) {
    this.kernel = kernel
    this.lock = kernel.lock('lock')
    this.sem = kernel.rwsem('semaphore')
    this.fences = [kernel.fence('fence 0'), kernel.fence('fence 1')]
    this.round = kernel.completion('round')
    this.cells = [0, 1, 2].map((i) => new SharedState(kernel, `cell ${i}`, 0, (value) => value))
    this.counter = kernel.shared('counter')
    this.people = kernel.shared('counter for people')
    this.number = numbering(kernel, 'things')
    this.reservation = kernel.lock('resv(buffer)')
    this.mappings = new MappingCount(kernel, 'buffer')
    this.revoked = new SharedState<boolean>(kernel, 'revoked', false, Number)
    this.inFlight = new InFlight(kernel, { what: 'requests', why: 'requests are under way' })
    this.stopped = new SharedState<boolean>(kernel, 'stopped', false, Number)
    this.#published = kernel.shared('published')
    this.part = kernel.part('a driver')
    this.turns = kernel.turns('list')
  }

  late(cell: number): LateCell {
    this.#late[cell] ??= { value: 0, shared: this.kernel.shared(`late cell ${cell}`, { name: 'nobody' }) }
    return this.#late[cell]
  }

  publish(fence: Fence): void {
    this.#fence = fence
    this.#published.write()
  }

  get published(): Fence | undefined {
    this.#published.read()
    return this.#fence
  }

  /** It writes once its time has come. */
  startHardware(ticks: number, cell: SharedState<number> | undefined): void {
    this.kernel.hardware('engine', function* () {
      yield* sleep(ticks)
      cell?.write(100 + ticks)
    })
  }

  /** Looked at when all is over. */
  get contents(): readonly unknown[] {
    return [this.cells.map((cell) => cell.read()), this.counted, this.mood, this.#late.map(({ value }) => value)]
  }
}

class Body {
  readonly #world: World
  readonly #seen: string[]
  readonly #word: number
  #mapped = 0
  #requests = 0
  /** Acts that are begun. */
  #at = 0
  #depth = 0
  #task: Task | undefined

  constructor(world: World, seen: string[], word: number) {
    this.#world = world
    this.#seen = seen
    this.#word = word
  }

  *run(acts: readonly KernelAct[]): Op<void> {
    for (const act of acts) {
      if (!act.joined) yield* point(act.kind)
      this.#at++
      this.#depth++
      yield* this.#do(act)
      this.#depth--
    }
  }

  *#do(act: KernelAct): Op<void> {
    const { kernel, lock, sem, round, cells, counter, people, number, mappings, inFlight } = this.#world
    switch (act.kind) {
      case 'lock':
        yield* lock.lock()
        return yield* this.#section(act.inside, () => lock.unlock())
      case 'try lock':
        if (this.#see(lock.tryLock())) yield* this.#section(act.inside, () => lock.unlock())
        return
      case 'share':
        yield* sem.downRead()
        return yield* this.#section(act.inside, () => sem.upRead())
      case 'have alone':
        yield* sem.downWrite()
        return yield* this.#section(act.inside, () => sem.upWrite())
      case 'try alone':
        if (this.#see(sem.tryDownWrite())) yield* this.#section(act.inside, () => sem.upWrite())
        return
      case 'signal':
        this.#world.fences[act.fence]?.signal()
        return
      case 'wait':
        if (this.#world.fences[act.fence] !== undefined) yield* waitFor(this.#world.fences[act.fence] as Fence, 'it')
        return
      case 'look':
        this.#see(this.#world.fences[act.fence]?.signalled)
        return
      case 'complete':
        round.complete()
        return
      case 'rearm':
        round.rearm()
        return
      case 'wait for round':
        yield* round.wait('the round')
        return
      case 'look at round':
        this.#see(round.done)
        return
      case 'read':
        this.#see(cells[act.cell]?.read())
        return
      case 'write':
        cells[act.cell]?.write(1 + this.#word)
        return
      case 'read late': {
        const cell = this.#world.late(act.cell)
        cell.shared.readValue(cell.value)
        this.#see(cell.value)
        return
      }
      case 'write late': {
        const cell = this.#world.late(act.cell)
        cell.value = 1 + this.#word
        cell.shared.writeValue(cell.value)
        return
      }
      case 'copy':
        cells[act.to]?.write(cells[act.cell]?.read() ?? 0)
        return
      case 'signal if':
        if (cells[act.cell]?.read() !== 0) this.#world.fences[act.fence]?.signal()
        return
      case 'count':
        counter.addValue(++this.#world.counted)
        return
      case 'read count':
        counter.readValue(this.#world.counted)
        this.#see(this.#world.counted)
        return
      case 'count for people':
        people.countValue(++this.#world.forPeople)
        return
      case 'read people':
        people.readValue(this.#world.forPeople)
        this.#see(this.#world.forPeople)
        return
      case 'number':
        this.#see(number())
        return
      case 'map':
        return yield* this.#map()
      case 'unmap':
        return yield* this.#unmap()
      case 'revoke':
        return yield* this.#revoke()
      case 'renew':
        return yield* this.#renew()
      case 'mappings':
        this.#see(mappings.count)
        return
      case 'request':
        // Who waits for the end of all has to see to it that none begins.
        if (this.#see(this.#world.stopped.read())) return
        inFlight.begin()
        this.#requests++
        return
      case 'answer':
        if (this.#requests === 0) return
        this.#requests--
        inFlight.end()
        return
      case 'settle':
        this.#world.stopped.write(true)
        yield* inFlight.settle()
        return
      case 'spawn': {
        // Of a thread of the kernel that has ended nothing is left.
        const child = new Body(this.#world, [], this.#word)
        this.#task = kernel.spawn('child', () => child.run(act.inside))
        return
      }
      case 'join':
        if (this.#task !== undefined) yield* waitFor(this.#task.ended, 'the child')
        return
      case 'work':
        yield* kernel.inside(this.#world.part, this.run(act.inside))
        return
      case 'visit':
        yield* kernel.visit(this.#world.part, this.run(act.inside))
        return
      case 'sleep':
        yield* sleep(act.ticks ?? SLEEPS[this.#word] ?? 0)
        return
      case 'hardware':
        this.#world.startHardware(act.ticks ?? HARDWARE[this.#word] ?? 0, cells[0])
        return
      case 'driver':
        yield* kernel.inside(this.#world.part, this.#mood(false))
        return
      case 'call':
        yield* kernel.inside(this.#world.part, this.#mood(true))
        return yield* this.#return()
      case 'look at driver':
        yield* kernel.inside(this.#world.part, this.#lookAtMood())
        return
      case 'put off':
        yield* kernel.inside(this.#world.part, this.#putOff())
        return
      case 'return':
        return yield* this.#return()
      case 'publish': {
        const fence = kernel.fence('a published fence')
        this.#world.publish(fence)
        yield* point('published')
        fence.signal()
        return
      }
      case 'use': {
        const fence = this.#world.published
        if (this.#see(fence !== undefined) && fence !== undefined) yield* waitFor(fence, 'what was published')
        return
      }
      case 'round':
      case 'counting round':
      case 'looking round':
        yield* kernel.visit(undefined, this.#round(act.kind))
        yield* point('after the round')
        return
      case 'reorder':
        this.#world.list = [...this.#world.list].reverse()
        this.#world.turns.changed()
    }
  }

  *#section(inside: readonly KernelAct[], giveBack: () => void): Op<void> {
    yield* this.run(inside)
    giveBack()
  }

  /** **Shape** `atOnce`: in one step with what is around it. */
  *#mood(atOnce: boolean): Op<void> {
    if (!atOnce) yield* point('mood')
    this.#world.mood = 3 * this.#world.mood + this.#word + 1
    this.#world.last = this
  }

  *#putOff(): Op<void> {
    this.#world.kernel.deferToReturn('what was put off', () => this.#mood(true))
  }

  *#lookAtMood(): Op<void> {
    this.#see(`${this.#world.mood}${this.#world.last === this ? ', mine' : ''}`)
  }

  /** Not from within, nor with a lock, nor where it knows another thread. */
  *#return(): Op<void> {
    const { kernel } = this.#world
    if (this.#depth > 1 || this.#task !== undefined) return
    yield* kernel.returnToUser()
    kernel.watch?.settles(hashOfText(JSON.stringify([this.#at, this.#seen, this.#mapped, this.#requests])))
  }

  *#map(): Op<void> {
    const { reservation, revoked, mappings } = this.#world
    yield* reservation.lock()
    if (!this.#see(revoked.read())) {
      mappings.get()
      this.#mapped++
    }
    reservation.unlock()
  }

  *#unmap(): Op<void> {
    const { reservation, mappings } = this.#world
    if (this.#mapped === 0) return
    this.#mapped--
    yield* reservation.lock()
    mappings.put()
    reservation.unlock()
  }

  *#revoke(): Op<void> {
    const { reservation, revoked, mappings } = this.#world
    yield* reservation.lock()
    const isFirst = !revoked.read()
    if (isFirst) {
      revoked.write(true)
      mappings.put()
    }
    reservation.unlock()
    if (isFirst) yield* mappings.waitForAll()
    this.#see(isFirst)
  }

  *#renew(): Op<void> {
    const { reservation, revoked, mappings } = this.#world
    yield* reservation.lock()
    if (revoked.read() && mappings.count === 0) {
      mappings.rearm()
      revoked.write(false)
    }
    reservation.unlock()
  }

  *#round(kind: 'round' | 'counting round' | 'looking round'): Op<void> {
    const { list, turns, cells, counter } = this.#world
    turns.begin()
    for (const member of list) {
      turns.enter()
      yield* point('visit')
      if (kind === 'round') cells[member]?.write(10 + this.#word)
      // As much as there are members.
      else if (kind === 'counting round') counter.addValue((this.#world.counted += 1 + member))
      else cells[member]?.write(10 + (cells[2]?.read() ?? 0))
      turns.leave()
    }
  }

  #see<T>(what: T): T {
    this.#seen.push(String(what))
    return what
  }
}
