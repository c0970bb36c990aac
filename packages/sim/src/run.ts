/** One run of a scenario: it is planned, its threads run to their end, and the report is built. */
import type { Bdf, Importer, Report, Run, RunOptions, Scenario, System } from '@barter/core'
import { driverUnknown } from './errors.ts'
import { buildReport } from './report/build-report.ts'
import type { PlannedDevice } from './session/plan.ts'
import { planScenario } from './session/planner.ts'
import { Session } from './session/session.ts'
import { type SimOptions, simulate } from './simulation.ts'

/**
 * Run a scenario once.
 *
 * **Errors** `UsageError` for what a person got wrong: of planner.ts, `PROBE_FAILED`, `DEVICE_UNKNOWN`, `DRIVER_UNKNOWN`;
 * an `Error` naming the thread for a bug. What drivers and the kernel do wrong is in the report.
 */
export function runScenario(system: System, scenario: Scenario, options: RunOptions, sim: SimOptions = {}): Report {
  const simulation = simulate(system, deviceNames(system, scenario), options, sim)
  const { scheduler, kernel, trace, devices, hardware, oracle, run } = simulation
  const importerOf = (driver: string): Importer | undefined =>
    run.has('importer', driver) ? run.importer(driver) : undefined
  const plan = planScenario(scenario, plannedDevices(system, run, scenario), importerOf)
  const isDark = (device: Bdf): boolean => hardware.whyDark(device) !== undefined
  const session = new Session({ plan, scheduler, kernel, trace, devices, witness: oracle, isDark, run, hardware })
  scheduler.onDeath = (thread) => {
    session.died(thread)
  }
  session.start()
  const end = scheduler.run()
  const stopped = end === 'limit' ? `the run was stopped after ${scheduler.steps} steps` : scheduler.haltedBy
  const actors = session.records(stopped)
  if (end === 'idle') {
    const meant = new Set(scenario.expect.flatMap((one) => (one.kind === 'blocks' ? one.actor : [])))
    simulation.judgeStandstill({ meant: ({ name }) => meant.has(name), isOpen: (thread) => session.isOpen(thread) })
  }
  if (actors.every((actor) => actor.finished)) {
    session.checkLeftovers(oracle)
    for (const check of simulation.endChecks) check()
  }
  return buildReport({
    scenario,
    seed: options.seed,
    actors,
    violations: simulation.violations(),
    events: trace.events,
    steps: scheduler.steps,
    ticks: scheduler.now,
    stopped,
    down: end === 'halted',
  })
}

/** **Errors** `DEVICE_UNKNOWN` for a function that the machine does not have. */
function deviceNames({ topology }: System, scenario: Scenario): ReadonlyMap<Bdf, string> {
  return new Map(Object.entries(scenario.devices).map(([name, { at }]) => [topology.get(at).bdf, name]))
}

/** **Errors** `DRIVER_UNKNOWN` for a driver that no plugin plays in any role. */
function plannedDevices(system: System, run: Run, scenario: Scenario): readonly PlannedDevice[] {
  return Object.entries(scenario.devices).map(([name, { at, driver, bind }]): PlannedDevice => {
    if (driver === undefined) return { name, at }
    const exporter = run.has('exporter', driver) ? run.exporter(driver) : undefined
    const importer = run.has('importer', driver) ? run.importer(driver) : undefined
    if (exporter === undefined && importer === undefined) throw driverUnknown(driver, system.drivers)
    return {
      name,
      at,
      driver,
      ...(exporter === undefined ? {} : { exporter }),
      ...(importer === undefined ? {} : { importer }),
      ...(bind === false ? { unbound: true } : {}),
    }
  })
}
