/** A scenario whose schedules somebody else chooses: fresh runs, stepped from outside. */
import type { AccessLog, Explorable, ExploredRun, Report, Scenario, System, Violation } from '@barter/core'
import { digestOf } from './digest.ts'
import { OwnedLock } from '../kernel/owned-lock.ts'
import type { RunEnd } from '../kernel/scheduler.ts'
import { standText } from '../kernel/wait-for.ts'
import { ScenarioRun } from '../run.ts'
import { resultText } from '../session/step-result.ts'
import type { SimOptions } from '../simulation.ts'
import { PlanOnce } from '../session/plan-once.ts'
import { groupsOf } from './groups.ts'

/** Data that drivers draw is the same in every schedule: the first of what they choose from. */
const NO_STRATEGY = { newRun: () => false, choose: () => 0, draw: () => 0 }
const SEED = 0

/** **Errors** as a run of the scenario. */
export function explorable(system: System, scenario: Scenario, sim: SimOptions): Explorable {
  const groups = groupsOf(scenario, system)
  const planned = new PlanOnce(system, scenario)
  const start = (log: AccessLog, quiet: boolean): Explored => {
    const exploring = { explorer: { log, groupOfDevice: groups.ofDevice }, groups, planned }
    const options = { seed: SEED, strategy: NO_STRATEGY, quiet }
    return new Explored(new ScenarioRun(system, scenario, options, sim, exploring))
  }
  return {
    digest: digestOf(system, scenario),
    groupClasses: groups.classes,
    begin: (log) => start(log, true),
    replay: (schedule) => {
      // With every event kept.
      const run = start(NO_LOG, false)
      for (const thread of schedule) run.step(thread)
      return run.report()
    },
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

  blockedOn(thread: number): number {
    const lock = this.#lockOf(thread)
    return lock === undefined ? -1 : lock.thing
  }

  blockedShared(thread: number): boolean {
    const trap = this.#run.simulation.scheduler.threads[thread]?.trap
    return trap?.kind === 'acquire' && trap.mode === 'read'
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
    return actors
      .map(({ actor, steps }) => `${actor}: ${steps.map(({ result }) => resultText(result)).join(', ')}`)
      .join('; ')
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

const nothing = (): void => undefined

const NO_LOG: AccessLog = {
  thing: () => 0,
  read: nothing,
  write: nothing,
  add: nothing,
  readValue: nothing,
  readHere: nothing,
  writeValue: nothing,
  addValue: nothing,
  acquire: nothing,
  release: nothing,
  tried: nothing,
  waited: nothing,
  signalled: nothing,
  visits: nothing,
  returns: nothing,
  settles: nothing,
  spawned: nothing,
}
