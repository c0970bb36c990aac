/** A scenario whose schedules somebody else chooses: fresh runs, stepped from outside. */
import type { AccessLog, Explorable, ExploredRun, Report, Scenario, System, Violation } from '@barter/core'
import { digestOf } from './digest.ts'
import { OwnedLock } from '../kernel/owned-lock.ts'
import type { RunEnd } from '../kernel/scheduler.ts'
import { ScenarioRun } from '../run.ts'
import { resultText } from '../session/step-result.ts'
import type { SimOptions } from '../simulation.ts'
import { type Groups, groupsOf } from './groups.ts'

/** Data that drivers draw is the same in every schedule: the first of what they choose from. */
const NO_STRATEGY = { newRun: () => false, choose: () => 0, draw: () => 0 }
const SEED = 0

/** **Errors** as a run of the scenario. */
export function explorable(system: System, scenario: Scenario, sim: SimOptions): Explorable {
  const groups = groupsOf(scenario, system)
  return {
    digest: digestOf(system, scenario),
    groupClasses: groups.classes,
    begin: (log) => new Explored(system, scenario, sim, groups, log),
    replay: (schedule) => replay(system, scenario, sim, groups, schedule),
  }
}

class Explored implements ExploredRun {
  readonly #run: ScenarioRun

  constructor(system: System, scenario: Scenario, sim: SimOptions, groups: Groups, log: AccessLog, quiet = true) {
    const explorer = { log, groupOfDevice: groups.ofDevice }
    const options = { seed: SEED, strategy: NO_STRATEGY, quiet }
    this.#run = new ScenarioRun(system, scenario, options, sim, { explorer, groups })
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

/** Run `schedule` with every event kept. **Errors** `UsageError` `STRATEGY_CHOICE` when it does not fit. */
function replay(
  system: System,
  scenario: Scenario,
  sim: SimOptions,
  groups: Groups,
  schedule: readonly number[],
): Report {
  const run = new Explored(system, scenario, sim, groups, NO_LOG, false)
  for (const thread of schedule) run.step(thread)
  return run.report()
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
