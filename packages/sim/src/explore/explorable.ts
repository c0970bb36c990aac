/** A scenario whose schedules somebody else chooses: fresh runs, stepped from outside. */
import {
  type AccessLog,
  type Explorable,
  type ExploredRun,
  NO_LOG,
  type Report,
  type Scenario,
  smallHashOfText,
  type System,
  type Violation,
} from '@barter/core'
import { digestOf } from './digest.ts'
import type { RunEnd } from '../kernel/scheduler.ts'
import { ScenarioRun } from '../run.ts'
import type { SimOptions } from '../simulation.ts'
import { PlanOnce } from '../session/plan-once.ts'
import { ExploredThreads } from './explored-threads.ts'
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

class Explored extends ExploredThreads implements ExploredRun {
  readonly #run: ScenarioRun

  constructor(run: ScenarioRun) {
    super(run.simulation.scheduler)
    this.#run = run
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
}
