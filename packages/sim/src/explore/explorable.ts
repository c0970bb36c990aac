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
export const explorable = (system: System, scenario: Scenario, sim: SimOptions): Explorable =>
  new ExplorableScenario(system, scenario, sim)

class ExplorableScenario implements Explorable {
  readonly digest: string
  readonly groupClasses: readonly number[]
  readonly #system: System
  readonly #scenario: Scenario
  readonly #sim: SimOptions
  readonly #groups: Groups
  readonly #planned: PlanOnce
  readonly #kindOf: (name: string, group: number) => number
  #isClockRead = false

  constructor(system: System, scenario: Scenario, sim: SimOptions) {
    this.#system = system
    this.#scenario = scenario
    this.#sim = sim
    this.#groups = groupsOf(scenario, system)
    this.#planned = new PlanOnce(system, scenario)
    this.#kindOf = kinds(this.#groups)
    this.digest = digestOf(system, scenario)
    this.groupClasses = this.#groups.classes
  }

  get readsClock(): boolean {
    return this.#isClockRead
  }

  begin(log: AccessLog): ExploredRun {
    return this.#start(log, true)
  }

  replay(schedule: readonly number[], before?: (thread: number, name: string) => void): Report {
    // With every event kept.
    const run = this.#start(NO_LOG, false)
    for (const thread of schedule) {
      before?.(thread, run.nameOf(thread))
      run.step(thread)
    }
    return run.report()
  }

  #start(log: AccessLog, quiet: boolean): Explored {
    const explorer = {
      log,
      groupOfDevice: this.#groups.ofDevice,
      kindOf: this.#kindOf,
      readsClock: this.#readsClock,
    }
    const exploring = { explorer, groups: this.#groups, planned: this.#planned }
    const options = { seed: SEED, strategy: NO_STRATEGY, quiet }
    return new Explored(new ScenarioRun(this.#system, this.#scenario, options, this.#sim, exploring))
  }

  readonly #readsClock = (): void => {
    this.#isClockRead = true
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
