/** One run of a scenario: it is planned, its threads run to their end, and the report is built. */
import {
  type Bdf,
  type Exporter,
  type Importer,
  type Report,
  type Run,
  type RunOptions,
  type Scenario,
  type System,
} from '@barter/core'
import { type Groups } from './explore/groups.ts'
import { watchExporter, watchImporter } from './explore/watched-drivers.ts'
import type { Explorer, RunEnd } from './kernel/scheduler.ts'
import type { Thread } from './kernel/thread.ts'
import { buildReport } from './report/build-report.ts'
import { PlanOnce } from './session/plan-once.ts'
import { type ActorRecords, Session } from './session/session.ts'
import { unendedStep, unmetStep } from './report/unmet-step.ts'
import { type SimOptions, type Simulation, simulate } from './simulation.ts'

/**
 * Run a scenario once.
 *
 * **Errors** `UsageError` for what a person got wrong: of planner.ts, `PROBE_FAILED`, `DEVICE_UNKNOWN`, `DRIVER_UNKNOWN`;
 * an `Error` naming the thread for a bug. What drivers and the kernel do wrong is in the report.
 */
export function runScenario(system: System, scenario: Scenario, options: RunOptions, sim: SimOptions = {}): Report {
  const run = new ScenarioRun(system, scenario, options, sim)
  const end = run.simulation.scheduler.run()
  return run.report(end, run.end(end))
}

/** A run whose first thread is made and has not run yet. Whoever has it steps it to its end. */
export class ScenarioRun {
  readonly simulation: Simulation
  readonly #scenario: Scenario
  readonly #seed: number
  readonly #session: Session
  /** Somebody explores its schedules: in each of them everybody has to finish, if the scenario says so. */
  readonly #holdsToEnd: boolean

  /** **Shape** `explorer`, `groups` and `planned`: when somebody explores its schedules. **Errors** as `runScenario`. */
  constructor(
    system: System,
    scenario: Scenario,
    options: RunOptions,
    sim: SimOptions,
    exploring?: { readonly explorer: Explorer; readonly groups: Groups; readonly planned: PlanOnce },
  ) {
    this.#scenario = scenario
    this.#seed = options.seed
    const simulation = simulate(system, deviceNames(system, scenario), options, sim, exploring?.explorer)
    this.simulation = simulation
    const { scheduler, kernel, trace, devices, hardware, oracle } = simulation
    const run = exploring === undefined ? simulation.run : watchedRun(simulation)
    const nodes = system.drivers.importers.flatMap((driver) => run.importer(driver).node ?? [])
    const planned = exploring?.planned ?? new PlanOnce(system, scenario)
    const plan = planned.planFor(run, nodes)
    const isDark = (device: Bdf): boolean => hardware.whyDark(device) !== undefined
    const groups = exploring === undefined ? {} : { groups: exploring.groups.ofActor }
    const holdsToSteps = exploring !== undefined && scenario.expect.every(({ kind }) => kind !== 'usual-order')
    this.#holdsToEnd = exploring !== undefined && scenario.expect.some(({ kind }) => kind === 'all-finish')
    const session = new Session({
      plan,
      scheduler,
      kernel,
      trace,
      devices,
      witness: oracle,
      isDark,
      run,
      nodes,
      hardware,
      ...groups,
      ...(holdsToSteps ? { unmet: (actor, record) => simulation.report(unmetStep(actor, record, simulation)) } : {}),
    })
    this.#session = session
    // A function that is assigned to a field at once is made in the old heap, and all that it knows stays until that is
    // collected: here the whole run.
    const onDeath = (thread: Thread): void => {
      session.died(thread)
    }
    scheduler.onDeath = onDeath
    session.start()
  }

  /** Nobody goes on any more: what is left over is judged. Gives what became of each step. */
  end(end: RunEnd): readonly ActorRecords[] {
    const { simulation } = this
    const actors = this.#session.records(stoppedBy(end, simulation))
    if (end === 'idle') {
      const meant = new Set(this.#scenario.expect.flatMap((one) => (one.kind === 'blocks' ? one.actor : [])))
      simulation.judgeStandstill({
        meant: ({ name }) => meant.has(name),
        isOpen: (thread) => this.#session.isOpen(thread),
      })
      if (this.#holdsToEnd && simulation.foundCount() === 0) this.#holdToEnd(meant)
    }
    if (actors.every((actor) => actor.finished)) {
      this.#session.checkLeftovers(simulation.oracle)
      for (const check of simulation.endChecks) check()
      if (simulation.foundCount() === 0) simulation.oracle.checkOpen()
    }
    return actors
  }

  /**
   * Nobody is to blame by an invariant, and somebody does not come back from the kernel. Who waits for a lock waits behind
   * another.
   */
  #holdToEnd(meant: ReadonlySet<string>): void {
    const stuck = this.#session.stuck().filter(({ actor }) => !meant.has(actor))
    const first = stuck.find(({ isBehind }) => !isBehind) ?? stuck[0]
    if (first !== undefined) this.simulation.report(unendedStep(first, this.simulation))
  }

  report(end: RunEnd, actors: readonly ActorRecords[]): Report {
    const { scheduler, trace, violations } = this.simulation
    return buildReport({
      scenario: this.#scenario,
      seed: this.#seed,
      actors,
      violations: violations(),
      recording: trace.recording,
      steps: scheduler.steps,
      ticks: scheduler.now,
      stopped: stoppedBy(end, this.simulation),
      down: end === 'halted',
    })
  }
}

const stoppedBy = (end: RunEnd, { scheduler }: Simulation): string | undefined =>
  end === 'limit' ? `the run was stopped after ${scheduler.steps} steps` : scheduler.haltedBy

/** **Errors** `DEVICE_UNKNOWN` for a function that the machine does not have. */
function deviceNames({ topology }: System, scenario: Scenario): ReadonlyMap<Bdf, string> {
  return new Map(Object.entries(scenario.devices).map(([name, { at }]) => [topology.get(at).bdf, name]))
}

/** The drivers of the run, each as code of the part of the device that it works for. */
function watchedRun({ run, kernel }: Simulation): Run {
  const exporters = new Map<string, Exporter>()
  const importers = new Map<string, Importer>()
  const partOf = kernel.devicePart.bind(kernel)
  return {
    ...run,
    exporter: (driver) => remembered(exporters, driver, () => watchExporter(run.exporter(driver), kernel, partOf)),
    importer: (driver) => remembered(importers, driver, () => watchImporter(run.importer(driver), kernel, partOf)),
  }
}

function remembered<T>(known: Map<string, T>, key: string, make: () => T): T {
  const found = known.get(key) ?? make()
  known.set(key, found)
  return found
}
