/** A scenario whose schedules somebody else chooses: fresh runs, stepped from outside. */
import {
  type AccessLog,
  type Explorable,
  type ExploredRun,
  NO_LOG,
  type Report,
  type Scenario,
  type Standing,
  smallHashOfText,
  type System,
  type Violation,
} from '@barter/core'
import { digestOf } from './digest.ts'
import { SimFence } from '../kernel/fence.ts'
import { OwnedLock } from '../kernel/owned-lock.ts'
import type { RunEnd } from '../kernel/scheduler.ts'
import type { Thread } from '../kernel/thread.ts'
import { standText } from '../kernel/wait-for.ts'
import { ScenarioRun } from '../run.ts'
import type { SimOptions } from '../simulation.ts'
import { PlanOnce } from '../session/plan-once.ts'
import { type Groups, groupsOf } from './groups.ts'

/** Data that drivers draw is the same in every schedule: the first of what they choose from. */
const NO_STRATEGY = { newRun: () => false, choose: () => 0, draw: () => 0 }
const SEED = 0

/** **Errors** as a run of the scenario. */
export function explorable(system: System, scenario: Scenario, sim: SimOptions): Explorable {
  const groups = groupsOf(scenario, system)
  const planned = new PlanOnce(system, scenario)
  const kindOf = kinds(groups)
  const start = (log: AccessLog, quiet: boolean): Explored => {
    const exploring = { explorer: { log, groupOfDevice: groups.ofDevice, kindOf }, groups, planned }
    const options = { seed: SEED, strategy: NO_STRATEGY, quiet }
    return new Explored(new ScenarioRun(system, scenario, options, sim, exploring))
  }
  return {
    digest: digestOf(system, scenario),
    groupClasses: groups.classes,
    begin: (log) => start(log, true),
    replay: (schedule, before) => {
      // With every event kept.
      const run = start(NO_LOG, false)
      for (const thread of schedule) {
        before?.(thread, run.nameOf(thread))
        run.step(thread)
      }
      return run.report()
    },
  }
}

/** Numbers of names, worked out once for all runs. */
function kinds(groups: Groups): (name: string, group: number) => number {
  const known: Map<string, number>[] = []
  return (name, group) => {
    const ofGroup = (known[group + 1] ??= new Map<string, number>())
    const found = ofGroup.get(name)
    if (found !== undefined) return found
    const kind = smallHashOfText(group < 0 ? name : groups.withoutOwn(name, group))
    ofGroup.set(name, kind)
    return kind
  }
}

class Explored implements ExploredRun {
  readonly #run: ScenarioRun

  constructor(run: ScenarioRun) {
    this.#run = run
  }

  get threads(): number {
    return this.#run.simulation.scheduler.threads.length
  }

  canRun(thread: number): boolean {
    return this.#run.simulation.scheduler.mayRun(thread)
  }

  hasEnded(thread: number): boolean {
    const found = this.#run.simulation.scheduler.threads[thread]
    return found === undefined || found.ended.isOver || found.death !== undefined
  }

  blockedOn(thread: number): number {
    const lock = this.#lockOf(thread)
    return lock === undefined ? -1 : lock.thing
  }

  blockedShared(thread: number): boolean {
    const trap = this.#run.simulation.scheduler.threads[thread]?.trap
    return trap?.kind === 'acquire' && trap.mode === 'read'
  }

  standing(thread: number): Standing {
    const { threads, now } = this.#run.simulation.scheduler
    const found = threads[thread]
    return found === undefined ? NOWHERE : standingOf(found, now)
  }

  step(thread: number): void {
    this.#run.simulation.scheduler.stepOf(thread)
  }

  groupOf(thread: number): number {
    return this.#run.simulation.scheduler.threads[thread]?.group ?? -1
  }

  nameOf(thread: number): string {
    return this.#run.simulation.scheduler.threads[thread]?.name ?? ''
  }

  standsAt(thread: number): string {
    const found = this.#run.simulation.scheduler.threads[thread]
    return found === undefined ? 'is not made' : standText(found)
  }

  get halted(): boolean {
    return this.#run.simulation.scheduler.haltedBy !== undefined
  }

  get found(): number {
    return this.#run.simulation.foundCount()
  }

  violations(): readonly Violation[] {
    return this.#run.simulation.violations()
  }

  finish(): string {
    const actors = this.#run.end(this.#end)
    return actors.map(({ actor, steps }) => `${actor}: ${steps.map(({ seen }) => seen).join(', ')}`).join('; ')
  }

  report(): Report {
    const end = this.#end
    return this.#run.report(end, this.#run.end(end))
  }

  /** `limit`: somebody could still go on. */
  get #end(): RunEnd {
    if (this.halted) return 'halted'
    for (let thread = 0; thread < this.threads; thread++) if (this.canRun(thread)) return 'limit'
    return 'idle'
  }

  #lockOf(thread: number): OwnedLock | undefined {
    const trap = this.#run.simulation.scheduler.threads[thread]?.trap
    return trap?.kind === 'acquire' && trap.lock instanceof OwnedLock && !this.canRun(thread) ? trap.lock : undefined
  }
}

const NOWHERE: Standing = { kind: 'ended', thing: -1, shared: false, ticks: 0, isHardware: false }

function standingOf(thread: Thread, now: number): Standing {
  const isHardware = thread.kind === 'hardware'
  if (thread.ended.isOver || thread.death !== undefined) return { ...NOWHERE, isHardware }
  const { trap } = thread
  const at = { ...NOWHERE, isHardware }
  switch (trap?.kind) {
    case undefined:
    case 'point':
      return { ...at, kind: 'ready' }
    case 'sleep':
      // The step took a tick of its own.
      return { ...at, kind: 'sleep', ticks: thread.wakeAt - (now - 1) }
    case 'wait':
      return trap.fence instanceof SimFence
        ? { ...at, kind: 'fence', thing: trap.fence.thing }
        : { ...at, kind: 'other' }
    case 'acquire':
      return trap.lock instanceof OwnedLock
        ? {
            ...at,
            kind: trap.lock.standing(thread, trap.mode),
            thing: trap.lock.thing,
            shared: trap.mode === 'read',
          }
        : { ...at, kind: 'other' }
  }
}
