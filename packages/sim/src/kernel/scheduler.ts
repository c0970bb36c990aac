/**
 * Runs threads one step at a time, in an order that the strategy alone decides. A step resumes one generator once and
 * costs one tick of virtual time; when no thread can go on, time jumps to the earliest sleeper.
 */
import {
  type AccessLog,
  type LockMode,
  type Op,
  type Party,
  type Strategy,
  type Trap,
  UsageError,
  type Violation,
} from '@barter/core'
import { strategyChoice } from '../errors.ts'
import type { RunTrace, TraceClock } from '../report/run-trace.ts'
import { partyNow } from '../report/violation-log.ts'
import { SimFence } from './fence.ts'
import { LockOrder } from './lock-order.ts'
import { broken, type LockHost, OwnedLock } from './owned-lock.ts'
import { Thread, type ThreadKind } from './thread.ts'
import { asBug, deathBy, deathViolation } from './thread-fault.ts'
import { blockersOf, findCycle, waitOf, waitsOn, waitText } from './wait-for.ts'
import { Watch, type WatchNames } from './watch.ts'
import { YieldedWrong } from './yielded-wrong.ts'

export const DEFAULT_STEP_LIMIT = 1_000_000
/** More than there are steps in a schedule that is explored. */
const STEPS_IN_A_TICK = 2 ** 20

export interface SchedulerOptions {
  readonly strategy: Strategy
  readonly trace: RunTrace
  readonly report: (violation: Violation) => void
  /** Steps after which the run is stopped. */
  readonly limit?: number | undefined
  readonly explorer?: Explorer | undefined
}

/** Somebody explores schedules: told what each step touches. */
export interface Explorer extends WatchNames {
  readonly log: AccessLog
}

/** `idle`: nobody can go on and nobody sleeps. `limit`: stopped before. `halted`: the machine went down. */
export type RunEnd = 'idle' | 'limit' | 'halted'

export class Scheduler implements LockHost, TraceClock {
  /** Called when a thread broke a rule and is gone. */
  onDeath: (thread: Thread) => void = () => undefined
  /** Called when a thread is found waiting for unmaps. */
  onWaitForUnmap: (waiter: Party) => void = () => undefined
  #now = 0
  /**
   * While schedules are explored steps take no time: how many of them others took meanwhile decides nothing. They only order what
   * is due at one time. **Units** steps, of which `STEPS_IN_A_TICK` are a tick.
   */
  #clock = 0
  #steps = 0
  #haltedBy: string | undefined
  #current: Thread | undefined
  /** Ran last, as long as it lives. */
  #last: Thread | undefined
  readonly watch: Watch | undefined
  readonly #all: Thread[] = []
  readonly #alive: Thread[] = []
  /** Ids of those who can go on; filled anew before each choice. */
  readonly #runnable: number[] = []
  readonly #order = new LockOrder()
  readonly #strategy: Strategy
  readonly #trace: RunTrace
  readonly #report: (violation: Violation) => void
  readonly #limit: number

  constructor({ strategy, trace, report, limit = DEFAULT_STEP_LIMIT, explorer }: SchedulerOptions) {
    if (explorer !== undefined) {
      this.watch = new Watch(explorer.log, () => this.#current, explorer)
    }
    this.#strategy = strategy
    this.#trace = trace
    this.#report = report
    this.#limit = limit
    trace.useClock(this)
  }

  get now(): number {
    return this.#now
  }

  /** Of what is explored, see `Standing.ticks`. */
  get clock(): number {
    return this.#clock
  }

  get steps(): number {
    return this.#steps
  }

  /** Why the machine went down, if it did. */
  get haltedBy(): string | undefined {
    return this.#haltedBy
  }

  /** The machine goes down: no thread runs any more, from when the current one next yields. */
  halt(why: string): void {
    this.#haltedBy ??= why
  }

  get currentName(): string {
    return this.#current?.name ?? 'machine'
  }

  /** The running thread, if one runs. */
  get current(): Thread | undefined {
    return this.#current
  }

  thread(): Thread {
    if (this.#current === undefined) throw broken('a lock is used while no thread runs')
    return this.#current
  }

  /** Those that have not ended, in the order of their making. */
  get alive(): readonly Thread[] {
    return this.#alive
  }

  /** Make a thread. It runs when it is chosen, never inside this call. */
  spawn(name: string, kind: ThreadKind, body: () => Op<void>, group = this.watch?.group): Thread {
    const thread = new Thread(this.#all.length, name, kind, body, { maker: this.#current, group, watch: this.watch })
    this.watch?.log.spawned(thread.id)
    // What a part starts works for that part.
    const part = this.#current?.parts.at(-1)
    if (part !== undefined && kind !== 'hardware') thread.parts.push(part)
    this.#all.push(thread)
    this.#alive.push(thread)
    return thread
  }

  /**
   * Something that the hardware does by itself. While schedules are explored it runs at once to where it first waits: which
   * sleepers may wake depends on when it is due.
   */
  spawnHardware(name: string, body: () => Op<void>): void {
    this.watch?.startsHardware()
    const thread = this.spawn(name, 'hardware', body, -1)
    if (this.watch === undefined) return
    const next = thread.resume()
    if (next.done === true) this.#end(thread)
    else this.#suspend(thread, next.value)
  }

  /** Run until nobody can go on. **Errors** what left a thread and is neither the kernel's nor a driver's; `STRATEGY_CHOICE`. */
  run(): RunEnd {
    for (;;) {
      if (this.#haltedBy !== undefined) return 'halted'
      this.#findRunnable()
      if (this.#runnable.length === 0) {
        if (!this.#sleepOn()) return 'idle'
        continue
      }
      if (this.#steps >= this.#limit) return 'limit'
      this.#resume(this.#choose())
    }
  }

  /**
   * May `id` be chosen now? A thread may be late by any time, so a sleeper may be chosen whenever nothing else is due:
   * hardware is never late, and what it does before the sleep is over comes before the sleeper.
   */
  mayRun(id: number): boolean {
    const thread = this.#all[id]
    if (thread === undefined || thread.ended.isOver || thread.death !== undefined) return false
    return thread.trap?.kind === 'sleep' ? !this.#hardwareDueBefore(thread) : thread.canRun(this.#now)
  }

  /** One step of `id`, which may run. */
  stepOf(id: number): void {
    const thread = this.#all[id]
    if (thread === undefined || !this.mayRun(id)) {
      this.#findRunnable()
      throw strategyChoice(id, this.#runnable)
    }
    if (thread.trap?.kind === 'sleep') {
      this.#now = Math.max(this.#now, thread.wakeAt)
      this.#clock = Math.max(this.#clock, thread.due)
    }
    this.#resume(thread)
    if (this.#haltedBy !== undefined) return
    // Who was found waiting before has been told so.
    for (const one of this.#alive) if (one.blockedSince === undefined && !one.canRun(this.#now)) this.#noteBlocked(one)
  }

  #hardwareDueBefore(sleeper: Thread): boolean {
    for (const thread of this.#alive) {
      if (thread.kind !== 'hardware' || thread === sleeper) continue
      // What is due at one time comes in any order.
      const isBefore = sleeper.kind === 'hardware' ? thread.due < sleeper.due : thread.due <= sleeper.due
      if (thread.trap?.kind !== 'sleep' || isBefore) return true
    }
    return false
  }

  get threads(): readonly Thread[] {
    return this.#all
  }

  requested(lock: OwnedLock): void {
    const thread = this.thread()
    if (thread.held.length === 0) return
    for (const found of this.#order.requested(thread, lock, (what) => this.#party(thread, what))) this.#report(found)
    this.watch?.nests(this.#order.word)
  }

  #choose(): Thread {
    const last = this.#last
    const id = this.#strategy.choose(
      this.#runnable,
      last !== undefined && this.#runnable.includes(last.id) ? last.id : undefined,
    )
    const chosen = this.#all[id]
    if (chosen === undefined || !this.#runnable.includes(id)) throw strategyChoice(id, this.#runnable)
    return chosen
  }

  #findRunnable(): void {
    this.#runnable.length = 0
    for (const thread of this.#alive) {
      if (thread.canRun(this.#now)) this.#runnable.push(thread.id)
      else if (thread.blockedSince === undefined) this.#noteBlocked(thread)
    }
  }

  /** **Shape** false when nobody sleeps. */
  #sleepOn(): boolean {
    let earliest = Infinity
    for (const { trap, wakeAt } of this.#alive) if (trap?.kind === 'sleep') earliest = Math.min(earliest, wakeAt)
    if (earliest === Infinity) return false
    this.#now = earliest
    return true
  }

  #resume(thread: Thread): void {
    this.#current = thread
    this.#last = thread
    this.#steps++
    try {
      if (this.#wake(thread)) this.#goOn(thread)
    } catch (error) {
      this.#fail(thread, error)
    } finally {
      this.#current = undefined
      this.#now++
      this.#clock++
    }
  }

  #goOn(thread: Thread): void {
    try {
      const next = thread.resume()
      if (next.done === true) this.#end(thread)
      else this.#suspend(thread, next.value)
    } finally {
      this.watch?.endStep(thread)
    }
  }

  /** What it waited for is there: take it. **Shape** gives false when it only stands in line from now on. */
  #wake(thread: Thread): boolean {
    const { trap, blockedSince } = thread
    if (trap?.kind === 'acquire' && !this.#grants(thread, trap.lock as OwnedLock, trap.mode)) return false
    if (blockedSince !== undefined && this.#trace.on) {
      this.#trace.emit({ kind: 'unblocked', on: waitsOn(thread), ticks: this.#now - blockedSince })
    }
    if (trap?.kind === 'wait' && trap.fence instanceof SimFence) trap.fence.passed()
    else if (trap?.kind === 'sleep') this.watch?.wakesUp(thread, trap.ticks)
    thread.trap = undefined
    thread.blockedSince = undefined
    return true
  }

  /** **Shape** gives whether it has it now. **Errors** `ContractError` INV-27 of a lock that is freed; that ends the step. */
  #grants(thread: Thread, lock: OwnedLock, mode: LockMode): boolean {
    try {
      return lock.chosen(mode)
    } catch (error) {
      this.watch?.endStep(thread)
      throw error
    }
  }

  #suspend(thread: Thread, trap: Trap): void {
    const kind = (trap as Trap | null | undefined)?.kind
    if (kind !== 'point' && kind !== 'sleep' && kind !== 'acquire' && kind !== 'wait') this.#refuse(thread, trap)
    thread.trap = trap
    if (trap.kind === 'sleep') {
      if (!Number.isFinite(trap.ticks)) throw broken(`${thread.name} sleeps ${trap.ticks} ticks`)
      thread.wakeAt = this.#now + trap.ticks
      thread.due = this.#clock + Math.round(trap.ticks * STEPS_IN_A_TICK)
      this.watch?.goesToSleep()
    } else if (trap.kind === 'acquire') {
      if (!(trap.lock instanceof OwnedLock)) throw broken(`${trap.lock.name} was not made by this kernel`)
    } else if (trap.kind === 'wait' && trap.fence instanceof SimFence && thread.held.length > 0) {
      const found = this.#order.waits(thread, trap.fence, (what) => this.#party(thread, what))
      for (const violation of found) this.#report(violation)
    }
  }

  /** Whoever called the code that yielded it may name the driver. **Errors** `UsageError` `DRIVER_BROKEN`. */
  #refuse(thread: Thread, trap: unknown): never {
    const error = new YieldedWrong(thread.name, trap)
    let said: unknown
    try {
      thread.throw(error)
    } catch (named) {
      said = named
    }
    throw said instanceof UsageError ? said : error
  }

  /** It was found unable to go on: the first time that is so, it is told, and a circle closes here if there is one. */
  #noteBlocked(thread: Thread): void {
    thread.blockedSince = this.#now
    if (this.#trace.on) this.#tellBlocked(thread, thread.trap)
    if (thread.trap?.kind === 'sleep') return
    if (thread.trap?.kind === 'wait' && thread.trap.why === 'unmap') {
      this.onWaitForUnmap(this.#party(thread, waitText(thread)))
    }
    const cycle = findCycle(thread)
    if (cycle === undefined) return
    const parties = cycle.map((member) => this.#party(member, waitText(member)))
    const [actor = this.#party(thread, ''), ...others] = parties
    const message = `a circle of waits: ${parties.map(({ who, what }) => `${who} ${what}`).join('; ')}`
    this.#report({ invariant: 'INV-10', rule: 'VFIO-40', message, actor, parties: others })
  }

  #tellBlocked(thread: Thread, trap: Trap | undefined): void {
    const blockers = blockersOf(thread)
    this.#trace.emitLater(thread.name, () => ({ kind: 'blocked', ...waitOf(trap, blockers) }))
  }

  #end(thread: Thread): void {
    this.#bury(thread)
    thread.ended.signal()
    // Nobody asks a thread that is gone; of an actor its results are left.
    if (thread.kind !== 'user') this.watch?.log.ends(thread.ended.thing)
    if (thread.held.length === 0) return
    const names = thread.held.map((lock) => lock.name).join(', ')
    this.#die(thread, broken(`the thread ended while holding ${names}`))
  }

  #fail(thread: Thread, error: unknown): void {
    this.#bury(thread)
    this.#die(thread, error)
  }

  /** What it holds stays held, as after an oops of the kernel. */
  #die(thread: Thread, error: unknown): void {
    const death = deathBy(error)
    if (death === undefined) throw asBug(thread, error)
    thread.death = death
    this.#report(deathViolation(thread, death, this.#party(thread, death.message)))
    this.onDeath(thread)
  }

  #bury(thread: Thread): void {
    const at = this.#alive.indexOf(thread)
    if (at >= 0) this.#alive.splice(at, 1)
    if (this.#last === thread) this.#last = undefined
  }

  #party(thread: Thread, what: string): Party {
    return partyNow(this.#trace, this, thread.name, what)
  }
}
